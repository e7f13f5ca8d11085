#include "models/calibrate/predict_operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "models/calibrate/grounds.h"
#include "models/host/simulate.h"

namespace strata {
namespace {

/// A stack under a workload that belongs to the way itself.
struct ModelUnder {
  ModelUnder(const Question& q, WorkloadFile w)
      : workload(std::move(w)), model(*q.stack, *q.machine, workload, issues) {}
  WorkloadFile workload;
  Issues issues;
  StackModel model;
};

double latency_of(const StackModel& model, const Draws& draws) {
  return stretched(solve(model.system(draws)).latency, model.housekeeping(draws));
}
double rate_of(const StackModel& model, const Draws& draws) {
  return 1e9 / latency_of(model, draws);
}
double cpu_of(const StackModel& model, const Draws& draws) {
  return solve(model.system(draws)).cpu.sum();
}

bool enters_by(const StackFile& stack, Crossing crossing) {
  for (const StackLayer& layer : stack.layers)
    for (const Entry& entry : layer.entered_by)
      if (entry.crossing == crossing) return true;
  return false;
}

/// Metrics of one operation without a payload.
std::optional<Op> operation_of(const std::string& metric) {
  if (metric == "syscall.null") return Op::syscall;
  if (metric == "page_fault") return Op::page_fault;
  if (metric == "context_switch") return Op::context_switch;
  if (metric == "compute.slowdown") return Op::compute;
  return std::nullopt;
}

Way way_of_request(const Question& q) {
  if (!q.workload) return cannot(q.metric + " needs a workload: name one with --workload");
  if (q.workload->ops.empty())
    return cannot(
        fmt::format("{} is made of programs, of which {} says nothing; ask for "
                    "compute.slowdown",
                    q.workload->id, q.metric));
  if (q.metric == "request.cpu") return through_layers(q, *q.workload, cpu_of);
  if (q.workload->client) return way_of_client(q);
  if (q.metric == "request.bandwidth")
    return cannot(fmt::format("{} states no client that receives anything", q.workload->id));
  if (q.metric == "request.latency") return through_layers(q, *q.workload, latency_of);
  const Wakers wakers(*q.stack, *q.machine, q.workload->peer_on_host);
  const TakenInBeside beside(*q.stack, *q.workload);
  Way way = through_wakers(q, *q.workload, wakers,
                           [wakers, beside, asking = q.workload->connections](
                               const StackModel& model, const Draws& draws) {
                             if (wakers.any()) return wakers.rate(model, draws, asking);
                             return beside.any() ? beside.rate(model, draws, asking)
                                                 : rate_of(model, draws);
                           });
  if (way.lacks.empty())
    for (Ground& ground : beside.grounds()) way.rests.push_back(std::move(ground));
  return way;
}

}  // namespace

Way through_layers(const Question& q, WorkloadFile workload, const FromModel& answer) {
  const auto held = std::make_shared<ModelUnder>(q, std::move(workload));
  if (!held->issues.empty())
    return cannot(fmt::format("{} cannot express {}: {}", q.stack->id, q.metric,
                              print(held->issues.front())));
  Way way;
  way.at = [held, answer](const Draws& draws) { return answer(held->model, draws); };
  way.rests = grounds_of_model(held->model);
  const System system = held->model.system(Draws{});
  way.assumed_share = assumed_share(held->model, system, solve(system));
  return way;
}

Way through_wakers(const Question& q, WorkloadFile workload, const Wakers& wakers,
                   const FromModel& answer) {
  if (const std::string lacks = wakers.lacks(); !lacks.empty())
    return cannot(fmt::format("{} cannot express {}: {}", q.stack->id, q.metric, lacks));
  Way way = through_layers(q, std::move(workload), answer);
  if (!way.lacks.empty()) return way;
  for (Ground& ground : wakers.grounds()) way.rests.push_back(std::move(ground));
  return way;
}

WorkloadFile sized(Op op, double bytes) {
  WorkloadFile workload = single(op);
  const Bytes size{bytes};
  Sourced<Bytes> payload;
  payload.value = payload.low = payload.high = size;
  workload.bytes.emplace(op, payload);
  return workload;
}

bool runs_guests(const StackFile& stack) {
  return std::any_of(stack.layers.begin(), stack.layers.end(),
                     [](const StackLayer& l) { return !l.layer.virtualization.empty(); });
}

Way way_of_crossing(const Question& q) {
  if (!runs_guests(*q.stack))
    return cannot(fmt::format("{} cannot express {}: none of its layers runs a guest", q.stack->id,
                              q.metric));
  const Crossing crossing = q.metric == "exit.user" ? Crossing::exit_user : Crossing::hypercall;
  if (crossing == Crossing::exit_user && !enters_by(*q.stack, crossing))
    return cannot(fmt::format("{} cannot express {}: no layer is entered by exit_user", q.stack->id,
                              q.metric));
  const Sourced<Duration>& price = q.machine->crossings[static_cast<std::size_t>(crossing)];
  Way way;
  way.at = [&price](const Draws& draws) { return draws(price); };
  way.rests = {{fmt::format("machine.crossings.{}", name(crossing)), price.source}};
  way.assumed_share = price.source.evidence == Evidence::assumed ? 1 : 0;
  return way;
}

Way way_of_operation(const Question& q) {
  const bool programs = q.workload && !q.workload->programs.empty();
  if (programs && q.metric == "compute.slowdown") return way_of_programs(q);
  if (const auto op = operation_of(q.metric)) return through_layers(q, single(*op), latency_of);
  if (q.metric.starts_with("net.")) return way_of_network(q);
  if (q.metric.starts_with("block")) return way_of_block(q);
  return way_of_request(q);
}

}  // namespace strata
