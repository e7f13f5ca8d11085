#pragma once

#include <functional>
#include <string>
#include <vector>

namespace strata {

/// What one task gave back: its text, or why there is none ("crashed: Segmentation fault", ...).
struct TaskResult {
  std::string output;
  std::string failure;  ///< empty: it ended well
};

/// Runs tasks 0 .. count-1, each in a forked child, at most `jobs` at a time: SimGrid has one
/// engine per process, and a child that crashes takes nothing with it. What `task` throws is the
/// failure's text. Results stand in the order of the tasks, whatever order they ended in.
/// `progress` is told how many are done.
std::vector<TaskResult> run_forked(int count, int jobs, const std::function<std::string(int)>& task,
                                   const std::function<void(int)>& progress = {});

}  // namespace strata
