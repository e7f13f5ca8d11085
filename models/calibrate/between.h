#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/study/published.h"

namespace strata {

/// The logarithm of a number and the variance it has by itself, however it was measured.
struct Measured {
  double log = 0, variance = 0;
};

/// Standard deviation between the members of groups that each have a mean of their own: restricted
/// maximum likelihood of y = mean of its group + laboratory + error of known variance (Patterson &
/// Thompson, Biometrika 1971; the random-effects model of DerSimonian & Laird, Control. Clin.
/// Trials 1986, many quantities at once).
double between_groups(const std::vector<std::vector<Measured>>& groups);

/// How far laboratories differ when they measure one thing.
struct Between {
  double deviation = 0;  ///< standard deviation of the logarithm
  int freedom = 0;       ///< rows less quantities
  bool pooled = false;   ///< too few rows of its own kind: all kinds together
  std::vector<std::string> rows;

  /// The logarithm by which one more laboratory differs, at a quantile: Student's t, since the
  /// deviation itself is estimated (Higgins, Thompson & Spiegelhalter, J. R. Stat. Soc. A 2009).
  double quantile(double u) const;
};

/// Of each kind of quantity, and of all together under "". A kind has its own estimate from
/// kLeastFreedom degrees of freedom on.
inline constexpr int kLeastFreedom = 3;
std::map<std::string, Between> laboratories(const Published& published);

/// A quantity on one machine as the other machines and their clocks say it is, beside what was
/// measured there. Values in the row's unit.
struct Across {
  std::string what, row, machine, unit;
  int machines = 0;  ///< it was calibrated on
  double observed = 0;
  double value = 0, low = 0, high = 0;  ///< 90 % interval
};

/// Each quantity that three machines or more measured, held out on each of them: the mean of the
/// others, weighted as random effects, and how far laboratories differ without that row.
std::vector<Across> across_machines(const Published& published);

}  // namespace strata
