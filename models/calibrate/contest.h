#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/calibrate/sobol.h"

namespace strata {

/// Whether one answer is below another over the ranges of all their numbers, and what decides it.
struct Contest {
  std::string what;  ///< e.g. "CPU time"
  double below = 0;  ///< share of the draws in which the first is below; ties count half
  /// Chance of so clear a share if neither were below the other, two-sided; corrected by Holm for
  /// all contests that are settled together.
  double p = 1;
  std::vector<SobolIndex> deciding;  ///< numbers with a first-order index of kDeciding or more
  bool assumed = false;              ///< one of them is merely assumed

  /// The sign holds in 95 % of the draws, the correction included.
  bool determined() const { return p <= 0.1; }
};

inline constexpr double kDeciding = 0.05;

/// How often parameters are drawn: `sets` values from each number's range as a Latin hypercube,
/// `repetitions` hypercubes.
struct Drawing {
  int sets = 64;
  int repetitions = 4;
  std::uint64_t seed = 1;
};

/// Draws the numbers for both answers at once, so that what they share cancels, and asks which
/// numbers decide the ratio of the two. Answers must be positive.
Contest contest(const std::string& what, const std::function<double(const Values&)>& first,
                const std::function<double(const Values&)>& second, const Numbers& numbers,
                const Drawing& drawing);

/// Corrects the p-values of contests that are read together (Holm).
void settle(std::vector<Contest>& contests);

/// One contest in a sentence: a probability only where no deciding number is assumed, else the
/// share of the assumed range; *undetermined* where the sign flips within the ranges.
std::string sentence(const Contest& contest, const std::string& a, const std::string& b,
                     const Numbers& numbers);

}  // namespace strata
