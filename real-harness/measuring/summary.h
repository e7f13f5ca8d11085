#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/study/record.h"
#include "real-harness/measuring/statistics.h"

namespace strata {

/// What the rows of one stack and metric say.
struct MeasuredCell {
  std::string stack;
  std::string metric;  ///< cell_name()
  std::string unit, accel, clock;
  std::vector<double> values;  ///< those that count
  int disturbed_samples = 0;   ///< whether or not they count
  int failed = 0;
  std::string failure;  ///< the first one's outcome
  /// Too few samples were taken in peace (at least three, and half of all), so all of them count.
  bool disturbed = false;
  std::optional<Median> median;  ///< nothing without a value
  Mixture mixture;
};

/// By metric and stack, in the order in which they first appear.
std::vector<MeasuredCell> cells_of(const std::vector<Record>& records);

/// A cell held against the same metric of another stack.
struct Compared {
  std::string stack, metric;
  bool comparable = true;            ///< accel and clock are the same
  bool disturbed = false;            ///< one of the two is
  std::optional<MedianRatio> ratio;  ///< nothing when one has no value or they are not comparable
};

/// Every cell of the others against the baseline's, where that has the metric.
std::vector<Compared> compare(const std::vector<MeasuredCell>& cells, const std::string& baseline);

}  // namespace strata
