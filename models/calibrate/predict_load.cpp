#include "models/calibrate/predict_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/calibrate/closed_network.h"
#include "models/calibrate/predict_way.h"

namespace strata {
namespace {

constexpr int kMostRounds = 500;  // of the fixed point; some 30 are usual
constexpr double kClose = 1e-7;   // how near it is near enough
constexpr const char* kReceiveCall = "receive_call";

double stated_count(const WorkloadFile& workload, Op op, const Draws& draws) {
  const auto it = workload.ops.find(op);
  return it == workload.ops.end() ? 0 : draws(it->second);
}

/// Share of idle times of this mean that last longer, when arrivals are independent.
double outlast(double limit, double mean) {
  if (limit <= 0) return 1;
  return mean > 0 ? std::exp(-limit / mean) : 0;
}

/// The share of arrivals that find a station idle, on its way to the fixed point. The more often it
/// has to be woken, the longer it works and the less often it is idle, so steps too long go back
/// and forth: each change of direction halves them.
struct Idle {
  double share = 1;
  double off = 0;  ///< by how much the last step was too short
  double step = 0.5;

  void towards(double found) {
    const double now = found - share;
    step = now * off < 0 ? step / 2 : std::min(0.5, step * 1.05);
    off = now;
    share += step * now;
  }
};

}  // namespace

Wakers::Wakers(const StackFile& stack, const MachineFile& machine, bool peer_on_host)
    : machine_(machine), peer_on_host_(peer_on_host) {
  for (const StackLayer& layer : stack.layers) {
    if (layer.layer.model == "hypervisor") hypervisor_ = &layer.layer;
    if (!hypervisor_ && layer.layer.parameters.contains("context_switch")) guest_ = &layer.layer;
    if (layer.layer.parameters.contains("deliver")) host_ = &layer.layer;
  }
  if (!guest_) hypervisor_ = nullptr;  // a library beside the guest's kernel, not beneath one
}

std::string Wakers::lacks() const {
  if (!any() || machine_.idle) return {};
  return fmt::format("{} does not state what waking an idle processor takes ([idle])", machine_.id);
}

double Wakers::stated(const LayerFile* layer, const char* parameter, const Draws& draws) const {
  if (!layer) return 0;
  const auto it = layer->parameters.find(parameter);
  return it == layer->parameters.end() ? 0 : draws(it->second);
}

std::optional<double> Wakers::deliver(const Draws& draws) const {
  if (!peer_on_host_) return {};
  return stated(host_, "deliver", draws);
}

std::vector<Ground> Wakers::grounds() const {
  std::vector<Ground> out;
  const auto add = [&](const LayerFile* layer, const std::string& parameter) {
    if (!layer) return;
    const auto it = layer->parameters.find(parameter);
    if (it != layer->parameters.end())
      out.push_back({layer->id + "." + parameter, it->second.source});
  };
  if (peer_on_host_) add(host_, "deliver");
  if (!any()) return out;
  for (const char* parameter : {"polls", "unsuppressed", "halt_poll", "poll"})
    add(hypervisor_, parameter);
  for (const char* parameter : {"context_switch", "cooperative"}) add(guest_, parameter);
  const IdleFile& idle = *machine_.idle;
  out.push_back({"machine.idle.wake", idle.wake.source});
  out.push_back({"machine.idle.deep", idle.deep.source});
  out.push_back({"machine.idle.deep_after", idle.deep_after.source});
  return out;
}

double Wakers::Waking::wake(double idle) const {
  return shallow + std::max(0.0, deep - shallow) * outlast(deep_after, idle);
}

double Wakers::Waking::serve(double idle) const { return wake(idle) + polled_for; }

double Wakers::Waking::halt(double idle) const {
  return left + outlast(polled, idle) * wake(idle) + switched;
}

Wakers::Waking Wakers::drawn(const Draws& draws) const {
  const IdleFile& idle = *machine_.idle;
  // Halting is an exit that the kernel handles; a guest without interrupts calls the VMM instead.
  const bool halts = hypervisor_->parameters.contains("halt_poll");
  const Crossing out = halts ? Crossing::exit_kernel : Crossing::exit_user;
  return {draws(idle.wake),
          draws(idle.deep),
          draws(idle.deep_after),
          stated(hypervisor_, "halt_poll", draws),
          draws(machine_.crossings[static_cast<std::size_t>(out)]),
          stated(guest_, "context_switch", draws),
          stated(hypervisor_, "poll", draws)};
}

double Wakers::rate(const StackModel& model, const Draws& draws,
                    std::optional<int> connections) const {
  const WorkloadFile& workload = model.workload();
  const double sent = stated_count(workload, Op::packet_send, draws);
  const double received = stated_count(workload, Op::packet_receive, draws);
  const bool polls = stated(hypervisor_, "polls", draws) > 0;
  const bool unsuppressed = stated(hypervisor_, "unsuppressed", draws) > 0;
  const bool cooperative = stated(guest_, "cooperative", draws) > 0;
  double input = 0;  // of one packet in the guest's kernel, during which it asks for no interrupt
  for (std::size_t i = 0; i < model.nodes().size(); ++i) {
    const OpNode& n = model.nodes()[i];
    if (n.op == Op::packet_receive && model.graph()[n.vertex].layer == guest_)
      input = model.own_latency(i, draws);
  }
  const double rho = model.housekeeping(draws);

  const Split split(model, draws, deliver(draws));
  const Waking waking = drawn(draws);
  Idle caller, backend;
  double taking_in = 0;  // share of arrivals that find the guest's kernel taking packets in
  double caller_gap = 0, backend_gap = 0;  // mean idle times, ns
  Loaded load;
  for (int round = 0; round < kMostRounds; ++round) {
    Notifications n;
    n.kicks = polls ? 0 : unsuppressed ? 1 : backend.share;
    n.interrupts = unsuppressed  ? backend.share  // one a burst
                   : cooperative ? caller.share
                                 : 1 - taking_in;
    Stations work = split.at(n);
    work.caller += received * caller.share * waking.halt(caller_gap);
    if (!polls) work.backend += (sent + received) * backend.share * waking.serve(backend_gap);
    work.caller = stretched(work.caller, rho);
    const std::vector<double> demands = {work.caller, work.backend};
    const double before = load.rate;
    load = connections ? closed_network(demands, 0, *connections) : saturated(demands);

    caller.towards(1 - load.found_busy[0]);
    backend.towards(1 - load.found_busy[1]);
    taking_in = load.found_busy[0] * std::min(1.0, received * input / work.caller);
    // Idle periods begin as often as an arrival ends one.
    const auto gap = [&](double demand, double visits, double idle) {
      const double periods = load.rate * visits * idle;
      return periods > 0 ? std::max(0.0, 1 - load.rate * demand / 1e9) * 1e9 / periods : 0;
    };
    caller_gap = gap(work.caller, received, caller.share);
    backend_gap = gap(work.backend, sent + received, backend.share);
    if (std::abs(load.rate - before) < kClose * load.rate && std::abs(caller.off) < kClose &&
        std::abs(backend.off) < kClose)
      break;
  }
  return load.rate;
}

Stations Wakers::in_bulk(const StackModel& model, const Draws& draws) const {
  Stations out = Split(model, draws, deliver(draws)).at(Notifications{});
  if (any()) out.backend += stated(hypervisor_, "poll", draws);
  return out;
}

double Wakers::round_trip(const StackModel& model, const Draws& draws, double idle) const {
  if (!any()) {
    // Both ends are processes and kernel of one machine, and each packet is taken in at once by
    // who sends it: request and reply pass sending and receiving, and nobody sleeps.
    return 2 * solve(model.system(draws)).latency;
  }
  // The host's end takes the reply in and has sent the request, which costs it as much.
  const Stations work =
      Split(model, draws, 2 * stated(host_, "deliver", draws)).at(Notifications{});
  const Waking waking = drawn(draws);
  // The back end has slept for long when the request comes, and only just when the reply does; so
  // has the process that waits for it. An echo is answered in the guest's kernel: no switch there.
  return work.caller + work.backend + waking.wake(idle) + waking.halt(idle) - waking.switched +
         2 * waking.wake(0) + 2 * waking.polled_for;
}

TakenInBeside::TakenInBeside(const StackFile& stack, const WorkloadFile& workload) {
  if (!workload.interrupts_elsewhere || runs_guests(stack)) return;
  for (const StackLayer& layer : stack.layers)
    if (layer.layer.parameters.contains(kReceiveCall)) kernel_ = &layer.layer;
}

std::vector<Ground> TakenInBeside::grounds() const {
  if (!any()) return {};
  return {{kernel_->id + "." + kReceiveCall, kernel_->parameters.at(kReceiveCall).source}};
}

double TakenInBeside::rate(const StackModel& model, const Draws& draws,
                           std::optional<int> connections) const {
  const System system = model.system(draws);
  const Totals totals = solve(system);
  const double call = draws(kernel_->parameters.at(kReceiveCall));
  const Vertex machine = machine_of(model.graph());
  double moved = 0;  // of what the receiver would do itself
  for (std::size_t i = 0; i < model.nodes().size(); ++i) {
    const OpNode& n = model.nodes()[i];
    if (n.op != Op::packet_receive || n.vertex == machine || n.account != Account::host) continue;
    double own = model.own_latency(i, draws);
    if (model.graph()[n.vertex].layer == kernel_) {
      own -= call;
      if (n.row->latency_per_byte)
        own -= draws(*n.row->latency_per_byte) * model.payload(n.op, draws);
    }
    moved += totals.waited(static_cast<Eigen::Index>(i)) * std::max(0.0, own);
  }
  const double beside = totals.cpu.sum() - (system.cpu.transpose() * totals.waited).sum();
  const std::vector<double> demands = {stretched(totals.latency - moved, model.housekeeping(draws)),
                                       moved + beside};
  return (connections ? closed_network(demands, 0, *connections) : saturated(demands)).rate;
}

}  // namespace strata
