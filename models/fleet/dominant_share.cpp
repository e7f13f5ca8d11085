#include <algorithm>

#include "models/fleet/policies.h"
#include "models/fleet/scored.h"

namespace strata {

PlacementPolicy dominant_share() {
  const auto score = +[](const Capacity& has, const Capacity& free, const Capacity& asked) {
    const double cores = static_cast<double>(free.cores - asked.cores) / has.cores;
    const double memory = static_cast<double>(free.mib - asked.mib) / has.mib;
    return 1 - std::min(cores, memory);
  };
  return {"dominant-share",
          "packing: the largest share used of whichever of cores and memory is used most, once "
          "it is there",
          [score](const FleetShape& fleet) { return scored(fleet, score); }};
}

}  // namespace strata
