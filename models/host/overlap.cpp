#include "models/host/overlap.h"

#include <algorithm>
#include <cmath>

namespace strata {
namespace {

constexpr std::int64_t kPage = 4096;
constexpr double kPagesPerSecond = 100 / 0.020;

}  // namespace

MergeCandidates merge_candidates(const StackFile& stack, const Draws& draws) {
  MergeCandidates out;
  const auto look_at = [&](const std::vector<MemoryEntry>& memory) {
    for (const MemoryEntry& entry : memory) {
      const std::int64_t bytes = std::llround(draws(entry.size));
      if (entry.kind == MemoryKind::mergeable) out.equal += bytes;
      if (entry.kind == MemoryKind::private_ || entry.kind == MemoryKind::mergeable ||
          entry.kind == MemoryKind::reclaimable)
        out.scanned += bytes;
    }
  };
  look_at(stack.memory);
  for (const StackLayer& layer : stack.layers) {
    if (!layer.layer.virtualization.empty()) return out;
    look_at(layer.layer.memory);
  }
  return {};  // nothing runs guests
}

double merge_pass_s(const MergeCandidates& of, std::int64_t instances) {
  return static_cast<double>(instances * ((of.scanned + kPage - 1) / kPage)) / kPagesPerSecond;
}

std::int64_t freed_by_merging(const MergeCandidates& of, std::int64_t instances, double passes) {
  const auto all = static_cast<double>(instances);
  const double found = std::clamp((passes - 1) * all - 1, 0.0, std::max(0.0, all - 1));
  return std::llround(found * static_cast<double>(of.equal));
}

bool caches_by_itself(const StackFile& stack) {
  return std::any_of(stack.layers.begin(), stack.layers.end(),
                     [](const StackLayer& l) { return l.layer.account != Account::host; });
}

std::int64_t cached_copies(bool by_itself, std::int64_t instances, bool same_files) {
  return same_files && !by_itself ? std::min<std::int64_t>(1, instances) : instances;
}

}  // namespace strata
