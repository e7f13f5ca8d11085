#pragma once

#include <string>
#include <vector>

#include "real-harness/measuring/summary.h"

namespace strata {

/// One stack and metric over separate runs of the same measurement.
struct RepeatedCell {
  std::string stack, metric, unit;
  std::vector<double> medians;  ///< of each run
  bool complete = true;         ///< every run has values
  bool disturbed = false;       ///< some run had marked it so
  Equivalence equivalence;      ///< within kRepeatabilityMargin, when complete

  bool holds() const { return complete && equivalence.equivalent; }
};

/// The 90 % interval of a median over runs must lie within this share of it.
inline constexpr double kRepeatabilityMargin = 0.10;
/// A machine with more marked cells than this share cannot answer the question.
inline constexpr double kMostDisturbed = 0.2;

/// Every cell of any run. Precondition: two runs at least.
std::vector<RepeatedCell> repeated(const std::vector<std::vector<MeasuredCell>>& runs);

/// Whether measurements repeat: each cell holds or was marked as disturbed by the tool itself, and
/// few are so marked.
enum class Repeatability { yes, no, machine_disturbed };

Repeatability decide(const std::vector<RepeatedCell>& cells);

}  // namespace strata
