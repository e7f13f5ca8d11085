#pragma once

#include <string>
#include <vector>

#include "models/claims/rule.h"
#include "models/study/record.h"

namespace strata {

/// The median of a stack's undisturbed rows of a metric, and medians of as many rows drawn from
/// them with replacement (the bootstrap), so that what two of them are apart has an interval.
struct MeasuredSample {
  Sample sample;
  std::size_t rows = 0;
  std::string accel, clock;  ///< rows that differ in either are not comparable
};

/// Of lives one at a time. Throws std::invalid_argument when the set has no such row.
MeasuredSample measured_sample(const std::vector<Record>& rows, const std::string& stack,
                               const std::string& metric);

}  // namespace strata
