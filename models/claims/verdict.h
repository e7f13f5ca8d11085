#pragma once

#include <string>
#include <vector>

#include "models/claims/rule.h"

namespace strata {

/// What the draws say of one point: the share of them in which the rule's bound is kept.
struct PointResult {
  Point point;
  Sample sample;
  double holds = 0;  ///< share of draws; without draws 0 or 1
};

/// How a rule, or a claim, came out.
struct Verdict {
  std::string word;       ///< one of verdict_words()
  std::string on;         ///< depends: the axis
  std::string crossover;  ///< depends: where on it
  std::string so_far;     ///< undetermined: where it holds or fails all the same, and where not
  std::vector<PointResult> points;
  std::string missing;             ///< undetermined for want of an experiment: what would decide
  std::vector<std::string> needs;  ///< undetermined: the parameters that decide
};

/// A part holds, or fails, at a point when so many of the draws agree; between, it is open.
inline constexpr double kSure = 0.95;

/// Applies a rule to its points: all hold, supported; all fail, refuted; some hold and others fail,
/// it depends on the axis, and between which points of it (on a numeric axis at which number, by
/// log-linear interpolation of the stated values) it turns; else undetermined.
Verdict decide(const Rule& rule, const std::vector<Point>& points, const LookUp& look_up);

/// A claim's parts must all hold: one refuted refutes it, else one undetermined leaves it so, else
/// it depends on what its parts depend on.
Verdict together(const std::vector<Verdict>& parts);

}  // namespace strata
