#include "models/layers/boot.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dag_shortest_paths.hpp>
#include <boost/graph/topological_sort.hpp>
#include <set>

namespace strata {
namespace {

/// A phase as stated, at its place in the stack. Depth 0 is the lowest layer.
struct Stated {
  std::string name, layer;
  const BootPhase* phase;
  Account account;
  int depth;
  std::vector<std::size_t> after;
};

std::vector<Stated> stated_phases(const StackFile& stack) {
  std::vector<Stated> all;
  int depth = 0;
  for (auto layer = stack.layers.rbegin(); layer != stack.layers.rend(); ++layer, ++depth)
    for (const BootPhase& phase : layer->layer.boot)
      all.push_back({layer->name + "." + phase.name,
                     layer->name,
                     &phase,
                     phase.account.value_or(layer->layer.account),
                     depth,
                     {}});
  for (const BootPhase& phase : stack.boot)
    all.push_back(
        {"app." + phase.name, "app", &phase, phase.account.value_or(Account::app), depth, {}});
  return all;
}

/// Fills in `after`; phases that depend on nothing stated wait for the loose ends beneath them.
void link(std::vector<Stated>& all, Issues& issues) {
  const auto find = [&](const std::string& name) {
    return std::find_if(all.begin(), all.end(), [&](const Stated& s) { return s.name == name; });
  };
  for (Stated& s : all) {
    for (const std::string& name : s.phase->after.value_or(std::vector<std::string>{})) {
      auto it = find(s.layer + "." + name);
      if (it == all.end()) it = find(name);
      if (it != all.end()) {
        s.after.push_back(static_cast<std::size_t>(it - all.begin()));
        continue;
      }
      std::vector<std::string> known;
      for (const Stated& other : all) known.push_back(other.name);
      issues.push_back(
          {s.phase->place, "boot." + s.phase->name + ".after",
           fmt::format("'{}' is no phase of this stack{}", name, suggest(name, known, 40))});
    }
  }
  for (Stated& s : all) {
    if (s.phase->after) continue;
    std::set<std::size_t> loose;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i].depth < s.depth) loose.insert(i);
    for (const Stated& other : all)
      if (other.depth < s.depth)
        for (const std::size_t before : other.after) loose.erase(before);
    s.after.assign(loose.begin(), loose.end());
  }
}

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property,
                                    boost::property<boost::edge_weight_t, double>>;

/// Phases in an order that keeps every `after`; empty when they wait for each other.
std::vector<std::size_t> in_order(const std::vector<Stated>& all) {
  Graph graph(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const std::size_t before : all[i].after) add_edge(before, i, 0.0, graph);
  std::vector<std::size_t> reversed;
  try {
    boost::topological_sort(graph, std::back_inserter(reversed));
  } catch (const boost::not_a_dag&) {
    return {};
  }
  return {reversed.rbegin(), reversed.rend()};
}

double own_time(const PlanPhase& phase, const MachineFile& machine, const Draws& draws) {
  double ns = phase.cpu + phase.wait;
  const auto moved = [&](double bytes, const char* name) {
    const DeviceFile& device = machine.devices.at(name);
    return bytes > 0 ? bytes / draws(device.rate) * 1e9 + draws(device.latency) : 0;
  };
  return ns + moved(phase.disk, "disk") + moved(phase.network, "nic");
}

PlanPhase with_numbers(const Stated& s, const MachineFile& machine, bool emulated,
                       const Draws& draws) {
  PlanPhase out;
  out.name = s.name;
  out.account = s.account;
  out.lock = s.phase->lock;
  double largest = -1;
  const auto take = [&](const auto& number, double scale) {
    if (!number) return 0.0;
    const double ns = draws(*number) * scale;
    if (ns > largest) {
      largest = ns;
      out.assumed = number->source.evidence == Evidence::assumed;
    }
    return ns;
  };
  const double slower =
      s.phase->clock ? s.phase->clock->value.value / machine.clock.value.value : 1;
  // A guest's own work takes longer where its instructions are interpreted.
  const bool inside = s.account == Account::guest || s.account == Account::app;
  const double work = inside && emulated ? draws(machine.emulation->work) : 1;
  out.cpu = take(s.phase->cpu, slower * work) +
            take(s.phase->memory, 1e9 / draws(machine.memory_bandwidth));
  out.wait = take(s.phase->wait, 1);
  out.per_running = take(s.phase->per_running, 1);
  const auto bytes = [&](const std::optional<Sourced<Bytes>>& number, const char* device) {
    take(number, 1e9 / draws(machine.devices.at(device).rate));
    return number ? draws(*number) : 0.0;
  };
  out.disk = bytes(s.phase->disk, "disk");
  out.network = bytes(s.phase->network, "nic");
  if (s.phase->jitter) out.jitter = draws(*s.phase->jitter);
  return out;
}

/// What other virtual machines that start at the same time do to the phases of one.
void contend(BootPlan& plan, const StackFile& stack, const MachineFile& machine,
             const Draws& draws) {
  const bool guests = std::any_of(stack.layers.begin(), stack.layers.end(), [](const auto& layer) {
    return !layer.layer.virtualization.empty();
  });
  if (!machine.contention || !guests) return;
  const double host = draws(machine.contention->vm_start);
  const double guest = draws(machine.contention->guest_boot);
  for (PlanPhase& phase : plan.phases) {
    phase.crowd = in_guest(phase) ? guest : host;
    phase.spread = draws(machine.contention->spread);
  }
}

}  // namespace

void check_boot(const StackFile& stack, Issues& issues) {
  auto all = stated_phases(stack);
  link(all, issues);
  if (all.empty()) {
    issues.push_back({stack.place, "boot",
                      "is missing: no layer has a boot phase, and starting never takes no time"});
    return;
  }
  if (in_order(all).empty())
    issues.push_back(
        {stack.place, "boot", "phases wait for each other in a circle; look at their `after`"});
  for (const auto& [clock, from] : stack.clocks) {
    std::vector<std::string> known;
    for (const Stated& s : all) known.push_back(s.name);
    if (std::find(known.begin(), known.end(), from) == known.end())
      issues.push_back(
          {stack.place, "clocks." + clock,
           fmt::format("'{}' is no phase of this stack{}", from, suggest(from, known, 40))});
  }
}

BootPlan boot_plan(const StackFile& stack, const MachineFile& machine, const Draws& draws) {
  auto all = stated_phases(stack);
  Issues none;
  link(all, none);
  const auto order = in_order(all);
  std::vector<std::size_t> place(all.size());
  BootPlan plan;
  const bool emulated = emulates(machine, accel_of(stack, machine.accel));
  for (const std::size_t i : order) {
    place[i] = plan.phases.size();
    plan.phases.push_back(with_numbers(all[i], machine, emulated, draws));
    for (const std::size_t before : all[i].after) plan.phases.back().after.push_back(place[before]);
  }
  contend(plan, stack, machine, draws);
  for (const auto& [clock, from] : stack.clocks)
    for (std::size_t p = 0; p < plan.phases.size(); ++p)
      if (plan.phases[p].name == from) plan.clocks[clock] = p;
  return plan;
}

std::vector<double> alone(const BootPlan& plan, const MachineFile& machine, const Draws& draws) {
  // Longest path: shortest with negated weights. The extra vertex is the exec of the launcher.
  const std::size_t launch = plan.phases.size();
  Graph graph(launch + 1);
  for (std::size_t p = 0; p < launch; ++p) {
    const double ns = own_time(plan.phases[p], machine, draws);
    if (plan.phases[p].after.empty()) add_edge(launch, p, -ns, graph);
    for (const std::size_t before : plan.phases[p].after) add_edge(before, p, -ns, graph);
  }
  std::vector<double> distance(launch + 1);
  boost::dag_shortest_paths(graph, launch, boost::distance_map(distance.data()));
  std::vector<double> ends;
  for (std::size_t p = 0; p < launch; ++p) ends.push_back(-distance[p]);
  return ends;
}

std::vector<std::size_t> critical_path(const BootPlan& plan, const std::vector<double>& ends) {
  std::vector<std::size_t> path;
  auto at = static_cast<std::size_t>(std::max_element(ends.begin(), ends.end()) - ends.begin());
  while (true) {
    path.push_back(at);
    const auto& after = plan.phases[at].after;
    if (after.empty()) break;
    at = *std::max_element(after.begin(), after.end(),
                           [&](auto a, auto b) { return ends[a] < ends[b]; });
  }
  return {path.rbegin(), path.rend()};
}

}  // namespace strata
