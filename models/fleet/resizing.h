#pragma once

#include <cstdint>

#include "models/fleet/tariffs.h"

namespace strata {

/// How the memory of a service follows what its calls need.
enum class Sizing {
  never,       ///< one instance, for the most calls at once of the whole trace
  resized,     ///< one instance that grows at once and gives back what it has not needed for a time
  replicated,  ///< an instance a call at once, each removed when not needed for that time
};

/// MiB-s that a function's instances hold: `stack_mib` each beside the function's own memory a
/// call. `keep` in minutes: how long memory is kept after it was needed, 0: to the minute's end.
/// Calls at once are what `use` counted, so nothing here knows what will be needed.
double held_mib_s(const FunctionSpec& function, const FunctionUse& use, std::int64_t span_us,
                  Sizing sizing, int keep, double stack_mib);

}  // namespace strata
