#pragma once

#include <optional>
#include <vector>

#include "models/fleet/bitmap.h"
#include "models/study/placement.h"

namespace strata {

/// The hosts by free cores and by how much memory is free, the latter as the number of different
/// memory sizes among the shapes that would fit. So a search by cores looks at a few sets, and a
/// change moves a host from one set to another.
class ByFreeCores {
 public:
  explicit ByFreeCores(const FleetShape& fleet);

  std::uint32_t most_cores() const { return most_; }
  /// The lowest host with exactly `cores` free on which the shape's memory fits, or kNoHost.
  HostId first(std::uint32_t cores, std::uint32_t shape) const;
  void changed(HostId host, const Capacity& before, const Capacity& after);

 private:
  std::size_t memory_class(std::uint32_t mib) const;
  Bitmap& set(std::uint32_t cores, std::size_t memory) {
    auto& found = sets_[cores * classes_ + memory];
    if (!found) found.emplace(hosts_);
    return *found;
  }

  std::size_t hosts_, classes_ = 0;
  std::uint32_t most_ = 0;
  std::vector<std::uint32_t> sizes_;         ///< of memory among the shapes, sorted
  std::vector<std::size_t> least_class_;     ///< by shape: the first class in which it fits
  std::vector<std::optional<Bitmap>> sets_;  ///< made when first used
};

}  // namespace strata
