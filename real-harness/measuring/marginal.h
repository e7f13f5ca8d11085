#pragma once

#include <optional>
#include <string>
#include <vector>

#include "real-harness/runner.h"

namespace strata {

/// What instances alive at once take together, in MiB: the PSS of every process that descends from
/// their launchers, these included, and the kernel's memory for them.
struct Total {
  int instances = 0;
  double mib = 0;
  std::string outcome = "ok";  ///< or why there is no value
};

/// How many instances at once show what one more takes: fewer where each is a machine.
std::vector<int> instance_counts(const Runner& runner);

/// The total at each count, each with instances of its own. A count that would not fit into free
/// memory, by the totals before it and by what an instance is promised, is not tried. With
/// `merged`, the kernel merges equal pages and the total is taken when it finds no more of them
/// (merging.h). The trial is one whose instances wait after their mark `main`.
std::vector<Total> totals_of(Runner& runner, const Trial& trial, const std::vector<int>& counts,
                             bool merged);

/// What one more instance takes: the slope of the totals that are ok over their instances by least
/// squares, in MiB; nothing when there are fewer than two of them.
std::optional<double> slope_of(const std::vector<Total>& totals);

/// As many instances as a budget of so many MiB holds: they are started in steps, and the last step
/// is over when one more, as large as each of those there, would not fit. Failed when it does not
/// hold a single one, or is more than this machine has.
Total held_by(Runner& runner, Trial trial, double budget);

/// How many more to start when `instances` take so many MiB of a budget; 0: no more fits.
int more_for(double budget, double taken, int instances);

/// Why so many instances are not started, when they may take this much each and so much is free.
/// In MiB; a tenth of what is free is left to others.
std::optional<std::string> too_many(int instances, double each, double free);

}  // namespace strata
