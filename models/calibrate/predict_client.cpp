#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "models/calibrate/closed_network.h"
#include "models/calibrate/grounds.h"
#include "models/calibrate/predict_operation.h"
#include "models/host/simulate.h"

namespace strata {
namespace {

constexpr double kMiB = 1048576.0;  // bytes

/// The stations one round goes through.
struct Round {
  std::vector<double> demands;  ///< ns a round, each served one at a time
  double delay = 0;             ///< ns a round that all go through at once
  double beside = 0;            ///< ns a round of the busiest core that nobody waits for

  /// One of so many servers: a queue for a server that many times as fast, and what one round takes
  /// longer than that as a delay (Seidmann, Schweitzer & Shalev-Oren, ICSOR 1987).
  void add(double demand, double servers) {
    demands.push_back(demand / servers);
    delay += demand * (1 - 1 / servers);
  }
};

/// Server and client on two machines of one kind.
struct Pair {
  explicit Pair(const Question& q)
      : workload(*q.workload),
        server(*q.stack, *q.machine, workload, issues),
        client(*q.client, *q.machine, *workload.client->asks, issues) {}
  WorkloadFile workload;
  Issues issues;
  StackModel server, client;
};

/// One side's work on a unit: what it waits for, in as many workers; what nobody waits for is done
/// by a core of its own for each account.
void add_side(Round& round, const StackModel& model, double workers, const Draws& draws) {
  const System system = model.system(draws);
  const Totals totals = solve(system);
  round.add(stretched(totals.latency, model.housekeeping(draws)), workers);
  const Eigen::VectorXd beside = system.cpu.transpose() * (totals.counts - totals.waited);
  round.beside = std::max(round.beside, beside.maxCoeff());
}

Loaded loaded(const Pair& pair, int in_flight, const Draws& draws) {
  const Client& client = *pair.workload.client;
  const MachineFile& machine = pair.server.machine();
  const double workers = pair.workload.workers ? draws(*pair.workload.workers) : 1;
  Round round;
  add_side(round, pair.server, std::clamp<double>(workers, 1, machine.cores), draws);
  add_side(round, pair.client, 1, draws);
  round.delay += draws(client.round_trips) * 2 * draws(machine.devices.at("nic").latency);
  Loaded out = closed_network(round.demands, round.delay, in_flight);
  if (out.rate * round.beside > 1e9) {
    out.rate = 1e9 / round.beside;
    out.latency = in_flight * round.beside;  // Little's law
  }
  return out;
}

/// Of the time one unit takes alone, on both sides and between them, the part that rests on assumed
/// numbers.
double assumed_part(const Pair& pair) {
  const Draws stated;
  double all = 0, assumed = 0;
  for (const StackModel* side : {&pair.server, &pair.client}) {
    const System system = side->system(stated);
    const Totals totals = solve(system);
    all += totals.latency;
    assumed += totals.latency * assumed_share(*side, system, totals);
  }
  const auto& latency = pair.server.machine().devices.at("nic").latency;
  const double wire = stated(pair.workload.client->round_trips) * 2 * stated(latency);
  if (latency.source.evidence == Evidence::assumed) assumed += wire;
  return assumed / (all + wire);
}

}  // namespace

Way way_of_client(const Question& q) {
  const Client& asks = *q.workload->client;
  if (!q.client)
    return cannot(
        fmt::format("the client of {} runs on {}, which is no stack", q.workload->id, asks.stack));
  if (q.metric == "request.bandwidth" && !asks.receives)
    return cannot(fmt::format("the client of {} does not say what it receives", q.workload->id));
  const auto pair = std::make_shared<Pair>(q);
  if (!pair->issues.empty())
    return cannot(fmt::format("{} cannot express {}: {}", q.stack->id, q.metric,
                              print(pair->issues.front())));
  Way way;
  way.at = [pair, in_flight = q.depth, metric = q.metric](const Draws& draws) {
    const Loaded at = loaded(*pair, in_flight, draws);
    if (metric == "request.latency") return at.latency;
    if (metric == "request.rate") return at.rate;
    return at.rate * draws(*pair->workload.client->receives) / kMiB;
  };
  way.rests = grounds_of_model(pair->server);
  for (Ground& ground : grounds_of_model(pair->client)) {
    ground.what = "client." + ground.what;
    way.rests.push_back(std::move(ground));
  }
  way.rests.push_back({"client.round_trips", asks.round_trips.source});
  way.rests.push_back({"machine.devices.nic.latency", q.machine->devices.at("nic").latency.source});
  if (q.workload->workers) way.rests.push_back({"workload.workers", q.workload->workers->source});
  if (q.metric == "request.bandwidth")
    way.rests.push_back({"client.receives", asks.receives->source});
  way.assumed_share = assumed_part(*pair);
  return way;
}

}  // namespace strata
