#include "models/fleet/by_free_cores.h"

#include <algorithm>

namespace strata {

ByFreeCores::ByFreeCores(const FleetShape& fleet) : hosts_(fleet.hosts.size()) {
  for (const Capacity& shape : fleet.shapes) sizes_.push_back(shape.mib);
  std::sort(sizes_.begin(), sizes_.end());
  sizes_.erase(std::unique(sizes_.begin(), sizes_.end()), sizes_.end());
  for (const Capacity& shape : fleet.shapes) least_class_.push_back(memory_class(shape.mib));
  for (const Capacity& host : fleet.hosts) most_ = std::max(most_, host.cores);
  classes_ = sizes_.size() + 1;
  sets_.resize((most_ + 1) * classes_);
  for (std::size_t host = 0; host < hosts_; ++host) {
    const Capacity& free = fleet.hosts[host];
    set(free.cores, memory_class(free.mib)).insert(host);
  }
}

std::size_t ByFreeCores::memory_class(std::uint32_t mib) const {
  std::size_t out = 0;  // a handful of sizes: counting beats a binary search
  for (const std::uint32_t size : sizes_) out += size <= mib;
  return out;
}

HostId ByFreeCores::first(std::uint32_t cores, std::uint32_t shape) const {
  std::size_t lowest = Bitmap::kNone;
  for (std::size_t memory = least_class_[shape]; memory < classes_; ++memory) {
    const auto& set = sets_[cores * classes_ + memory];
    if (set && !set->empty()) lowest = std::min(lowest, set->first());
  }
  return lowest == Bitmap::kNone ? kNoHost : static_cast<HostId>(lowest);
}

void ByFreeCores::changed(HostId host, const Capacity& before, const Capacity& after) {
  const std::size_t was = memory_class(before.mib), is = memory_class(after.mib);
  if (before.cores == after.cores && was == is) return;
  set(before.cores, was).erase(host);
  set(after.cores, is).insert(host);
}

}  // namespace strata
