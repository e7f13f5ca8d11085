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

/// The same in steps: `more` says each time how many are started besides those that wait; with 0,
/// all go on to their ends.
std::string run_growing(Runner& runner, const Trial& trial, int count,
                        const std::function<int(const std::vector<pid_t>&)>& more);

/// From the exec of the launcher to the mark `main` of each of `count` instances, in ns, whose
/// starts began at the same instant; their outcome is as above, and then these are all.
struct StartedAtOnce {
  std::string outcome = "ok";
  std::vector<double> ns;
};
StartedAtOnce start_at_once(Runner& runner, const Trial& trial, int count);

}  // namespace strata
