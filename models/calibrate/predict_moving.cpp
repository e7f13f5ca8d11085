#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/calibrate/precopy.h"
#include "models/calibrate/predict_way.h"

namespace strata {
namespace {

using Parameters = std::map<std::string, Sourced<Quantity>>;

/// The layer that runs the guest; nothing: none does.
const StackLayer* hypervisor_of(const StackFile& stack) {
  const auto it = std::find_if(stack.layers.begin(), stack.layers.end(),
                               [](const StackLayer& l) { return !l.layer.virtualization.empty(); });
  return it == stack.layers.end() ? nullptr : &*it;
}

/// A parameter at one draw; 0 where the layer does not state it.
double at(const Parameters& parameters, const std::string& name, const Draws& draws) {
  const auto it = parameters.find(name);
  return it == parameters.end() ? 0 : draws(it->second);
}

/// A way that rests on the guest's memory and on those of the hypervisor's parameters whose names
/// begin so.
Way resting_on(const Question& q, const StackLayer& layer, const std::string& prefix) {
  Way way;
  if (q.memory <= 0) {
    Question memory = q;
    memory.metric = "memory.minimum";
    way = way_of_memory(memory);
    way.at = nullptr;
  }
  for (const auto& [name, value] : layer.layer.parameters)
    if (name.starts_with(prefix)) way.rests.push_back({layer.name + "." + name, value.source});
  return way;
}

Way save(const Question& q, const StackLayer& layer) {
  if (!layer.layer.parameters.contains("snapshot_save_per_byte"))
    return cannot(fmt::format("{} cannot express {}: its layer {} states no snapshot_save_per_byte",
                              q.stack->id, q.metric, layer.name));
  Way way = resting_on(q, layer, "snapshot_save");
  way.at = [&q, &layer](const Draws& draws) {
    const Parameters& p = layer.layer.parameters;
    return (at(p, "snapshot_save", draws) +
            at(p, "snapshot_save_per_byte", draws) * guest_memory(q, draws)) /
           1e6;
  };
  return way;
}

Precopy precopy(const Question& q, const Parameters& p, const Draws& draws) {
  const double limit = at(p, "migrate_rate", draws);
  const double link = draws(q.machine->devices.at("nic").rate);
  return {.memory = guest_memory(q, draws),
          .dirty = *q.dirty,
          .link = limit > 0 ? std::min(limit, link) : link,
          .left = at(p, "migrate_left", draws),
          .downtime = at(p, "migrate_downtime", draws) / 1e9,
          .rounds = static_cast<int>(std::lround(at(p, "migrate_rounds", draws)))};
}

Way move(const Question& q, const StackLayer& layer) {
  const Parameters& p = layer.layer.parameters;
  if (!p.contains("migrate_downtime") && !p.contains("migrate_left"))
    return cannot(
        fmt::format("{} cannot express {}: its layer {} does not state when it stops a guest that "
                    "it moves (migrate_downtime, migrate_left)",
                    q.stack->id, q.metric, layer.name));
  if (!q.dirty)
    return cannot(q.metric + " needs the memory the guest writes anew: --dirty 50 MB/s, or 0");
  Way way = resting_on(q, layer, "migrate_");
  const auto& nic = q.machine->devices.at("nic").rate;
  way.rests.push_back({"machine.devices.nic.rate", nic.source});
  // Where the network is what limits, all of the time is by its rate.
  const double limit = at(p, "migrate_rate", Draws{});
  if (nic.source.evidence == Evidence::assumed && (limit == 0 || nic.value.value < limit))
    way.assumed_share = 1;
  if (!std::isfinite(migrate(precopy(q, p, Draws{})).total))
    return cannot(
        fmt::format("{} never moves: its guest writes faster than it is sent, {:.4g} MB/s",
                    q.stack->id, precopy(q, p, Draws{}).link / 1e6));
  way.at = [&q, &p](const Draws& draws) { return migrate(precopy(q, p, draws)).total * 1e3; };
  return way;
}

}  // namespace

Way way_of_moving(const Question& q) {
  const StackLayer* layer = hypervisor_of(*q.stack);
  if (!layer)
    return cannot(fmt::format("{} cannot express {}: none of its layers runs a guest", q.stack->id,
                              q.metric));
  return q.metric == "snapshot.save" ? save(q, *layer) : move(q, *layer);
}

}  // namespace strata
