#include "models/fleet/policies.h"

namespace strata {

std::map<std::string, PlacementPolicy> placement_policies() {
  std::map<std::string, PlacementPolicy> out;
  for (PlacementPolicy& policy :
       std::vector<PlacementPolicy>{first_fit(), next_fit(), best_fit(), worst_fit(),
                                    random_choices(), least_allocated(), dominant_share()})
    out.emplace(policy.id, std::move(policy));
  return out;
}

}  // namespace strata
