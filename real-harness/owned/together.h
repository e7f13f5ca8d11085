#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "real-harness/runner.h"

namespace strata {

/// Starts `count` instances at once, calls `meanwhile` with the pids of their launchers when each
/// of them waits after its mark `main` (the trial's first steps end in that wait), and lets them go
/// on to their ends. Returns "ok", or the outcome of the first that failed; `meanwhile` is called
/// only if all came so far. What it throws goes through, after all instances were ended.
///
/// Each is watched by a process of its own, a fork of this program, so that each life keeps its
/// deadline and its owner; the watchers end with this program. It may have one thread here.
std::string run_together(Runner& runner, const Trial& trial, int count,
                         const std::function<void(const std::vector<pid_t>&)>& meanwhile);

}  // namespace strata
