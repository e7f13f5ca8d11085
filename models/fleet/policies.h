#pragma once

#include <map>

#include "models/study/placement.h"

namespace strata {

/// One file each. All are exact: they choose what looking at every host would choose.
PlacementPolicy first_fit();
PlacementPolicy next_fit();
PlacementPolicy best_fit();
PlacementPolicy worst_fit();
PlacementPolicy random_choices();
PlacementPolicy least_allocated();
PlacementPolicy dominant_share();

/// All of them by id: what a catalog knows before plug-ins add theirs.
std::map<std::string, PlacementPolicy> placement_policies();

}  // namespace strata
