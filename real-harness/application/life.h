#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "real-harness/application/application.h"
#include "real-harness/application/load.h"
#include "real-harness/application/usage.h"

namespace strata {

/// What happened to one instance of an application under load. Times are CLOCK_MONOTONIC in ns.
struct ServedLife {
  std::string outcome = "ok";       ///< ok, timeout, or "failed: ..." in words
  std::int64_t exec = 0;            ///< just before the exec of the launcher
  std::int64_t first_answer = 0;    ///< when its port first accepted a connection of the peer
  std::optional<MemoryUse> memory;  ///< the largest PSS seen under load
  LoadReport load;
  std::optional<ProcessUsage> usage;  ///< when it was asked for

  bool ok() const { return outcome == "ok"; }
};

/// Starts the instance, tries its port from the peer until it answers, runs the load there to its
/// end, and leaves nothing of either. What they write is read on, and its beginning kept.
/// `counted`: the instance's usage under the load is asked for.
ServedLife serve(const Stage& stage, int port, const Load& load, std::chrono::milliseconds deadline,
                 bool counted);

}  // namespace strata
