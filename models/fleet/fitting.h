#pragma once

#include <vector>

#include "models/fleet/bitmap.h"
#include "models/study/placement.h"

namespace strata {

/// For each shape, the hosts on which one fits now.
class Fitting {
 public:
  explicit Fitting(const FleetShape& fleet) : shapes_(fleet.shapes) {
    for (const Capacity& shape : shapes_) {
      Bitmap& set = sets_.emplace_back(fleet.hosts.size());
      for (std::size_t host = 0; host < fleet.hosts.size(); ++host)
        if (fits(shape, fleet.hosts[host])) set.insert(host);
    }
  }

  const Bitmap& of(std::uint32_t shape) const { return sets_[shape]; }

  void changed(HostId host, const Capacity& before, const Capacity& after) {
    for (std::size_t s = 0; s < shapes_.size(); ++s) {
      const bool did = fits(shapes_[s], before), does = fits(shapes_[s], after);
      if (did == does) continue;
      if (does) {
        sets_[s].insert(host);
      } else {
        sets_[s].erase(host);
      }
    }
  }

 private:
  std::vector<Capacity> shapes_;
  std::vector<Bitmap> sets_;
};

/// What Bitmap finds, as a host.
inline HostId host_of(std::size_t found) {
  return found == Bitmap::kNone ? kNoHost : static_cast<HostId>(found);
}

}  // namespace strata
