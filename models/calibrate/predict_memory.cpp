#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "models/calibrate/application.h"
#include "models/calibrate/grounds.h"
#include "models/calibrate/predict_way.h"
#include "models/host/footprint.h"

namespace strata {
namespace {

constexpr double kMiB = 1048576.0;  // bytes

/// The least memory that holds an instance, as configured to its guest or its control group: what
/// the application and the layers above the hypervisor keep; without a hypervisor, the
/// application's own. What can be taken back is not in it, nor is what the host spends on it.
double minimum(const StackFile& stack, const Draws& draws) {
  double bytes = 0;
  const auto add = [&](const std::vector<MemoryEntry>& entries) {
    for (const MemoryEntry& entry : entries)
      if (entry.kind == MemoryKind::private_ || entry.kind == MemoryKind::shared ||
          entry.kind == MemoryKind::mergeable)
        bytes += draws(entry.size);
  };
  add(stack.memory);
  if (!runs_guests(stack)) return bytes;
  for (const StackLayer& layer : stack.layers) {
    if (!layer.layer.virtualization.empty()) break;
    add(layer.layer.memory);
  }
  return bytes;
}

/// What page merging finds of one more instance, once it has settled: pages that stay as they were
/// loaded, and page cache of an image that all of them have.
double mergeable(const StackFile& stack, const Draws& draws) {
  double bytes = 0;
  const auto add = [&](const std::vector<MemoryEntry>& entries) {
    for (const MemoryEntry& entry : entries)
      if (entry.kind == MemoryKind::mergeable ||
          (entry.kind == MemoryKind::reclaimable && !entry.identity.empty()))
        bytes += draws(entry.size);
  };
  add(stack.memory);
  for (const StackLayer& layer : stack.layers) add(layer.layer.memory);
  return bytes;
}

/// The metric's number out of the stack's footprint, in its unit.
double number_of(const Question& q, const StackFile& stack, const Draws& draws) {
  const Footprint f = footprint(stack, *q.machine, draws);
  const int n = std::max(1, q.running);
  if (q.metric == "density")
    return static_cast<double>(
        density(f, std::llround(q.memory > 0 ? q.memory : draws(q.machine->memory))));
  if (q.metric == "memory.minimum") return minimum(stack, draws) / kMiB;
  const double marginal = static_cast<double>(f.marginal);
  if (q.metric == "memory.merging") return mergeable(stack, draws) / marginal;
  if (q.metric == "memory.marginal_merged") return (marginal - mergeable(stack, draws)) / kMiB;
  const auto bytes = [&]() -> double {
    if (q.metric == "memory.total") return static_cast<double>(resident(f, n));
    if (q.metric == "memory.pss") return static_cast<double>(resident(f, n) - f.fixed) / n;
    if (q.metric == "memory.host_fixed") return static_cast<double>(f.fixed);
    return marginal;
  };
  return bytes() / kMiB;
}

}  // namespace

double guest_memory(const Question& q, const Draws& draws) {
  return q.memory > 0 ? q.memory : minimum(*q.stack, draws);
}

Way way_of_memory(const Question& q) {
  if (q.workload && !q.workload->memory)
    return cannot(fmt::format("{} does not state what its application holds", q.workload->id));
  const auto stack = std::make_shared<const StackFile>(holding(*q.stack, q.workload));
  Way way;
  way.at = [&q, stack](const Draws& draws) { return number_of(q, *stack, draws); };
  way.rests = grounds_of_memory(*stack);
  way.assumed_share = footprint(*stack, *q.machine, Draws{}).assumed;
  return way;
}

}  // namespace strata
