#pragma once

#include <memory>

#include "models/study/placement.h"

namespace strata {

/// How good a host with `has` in all and `free` of it would be for `asked`, which fits.
using Score = double (*)(const Capacity& has, const Capacity& free, const Capacity& asked);

/// Filter and weigh, as cluster schedulers do: of the hosts on which a machine fits, the one with
/// the highest score, then the lowest number. Hosts that have the same and have the same free score
/// the same, so only one of each kind is looked at.
std::unique_ptr<Placement> scored(const FleetShape& fleet, Score score);

}  // namespace strata
