#pragma once

#include <string>
#include <vector>

#include "models/calibrate/predict.h"

namespace strata {

/// A published row of several starts in flight beside what the stack's row of one start, measured
/// in the same experiment, becomes by the model's growth. Times in ms.
struct ParallelStart {
  std::string row, alone_row, stack, statistic;
  int parallel = 0;
  double observed = 0;
  double alone = 0;                   ///< observed, one start at a time
  double value = 0;                   ///< alone times the growth as stated
  double low = 0, high = 0;           ///< 5th and 95th percentile over the draws
  double error() const;               ///< of the prediction, relative to what was observed
  double error_if_unchanged() const;  ///< the same of saying that nothing changes
};

/// How much many starts lengthen one is said beside this machine's cores also for few.
inline constexpr int kManyStarts = 100, kFewCores = 4;

/// What starts share on a machine, fitted to one stack and held against the others.
struct ParallelStarts {
  std::string machine, fitted_stack;
  std::vector<std::string> fitted_rows;  ///< those of several starts in flight
  std::vector<ParallelStart> held_out;
  int cores = 0;
  double growth = 0;                ///< of the fitted stack's median, a hundred in flight
  double growth_on_four_cores = 0;  ///< the same, all numbers alike, on four cores

  double mean_error() const;
  double mean_error_if_unchanged() const;
};

/// Every machine that states a [launcher] was fitted to the calibration rows that are mapped to it.
/// All other stacks' rows of that table are held out: each is its stack's row of one start, times
/// how much longer the model says a start takes in company.
///
/// Apart from `validate()`, whose predictions must not rest on the experiment they are held
/// against.
std::vector<ParallelStarts> parallel_starts(const Catalog& catalog, const DrawPlan& sampling);

}  // namespace strata
