#pragma once

#include <functional>
#include <vector>

#include "models/fleet/faas.h"

namespace strata {

/// Plays one trace on many fleets side by side, on `jobs` threads: the source is read once, a piece
/// at a time, and every fleet is given each piece. What a fleet answers does not depend on `jobs`.
/// `progress`, if given, is told how many calls were played. Throws what a fleet throws.
std::vector<FaasTotals> serve_all(InvocationSource& source, const std::vector<FaasSetup>& setups,
                                  int jobs,
                                  const std::function<void(std::uint64_t)>& progress = {});

}  // namespace strata
