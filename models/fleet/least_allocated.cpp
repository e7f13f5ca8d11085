#include "models/fleet/policies.h"
#include "models/fleet/scored.h"

namespace strata {

PlacementPolicy least_allocated() {
  const auto score = +[](const Capacity& has, const Capacity& free, const Capacity& asked) {
    const double cores = static_cast<double>(free.cores - asked.cores) / has.cores;
    const double memory = static_cast<double>(free.mib - asked.mib) / has.mib;
    return (cores + memory) / 2;
  };
  return {"least-allocated",
          "the largest mean of the shares of cores and memory that stay free: the strategy "
          "LeastAllocated of Kubernetes' NodeResourcesFit with equal weights",
          [score](const FleetShape& fleet) { return scored(fleet, score); }};
}

}  // namespace strata
