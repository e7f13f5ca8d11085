#pragma once

#include <optional>
#include <vector>

#include "models/calibrate/validate.h"

namespace strata {

/// The errors of some rows together.
struct Score {
  int n = 0;
  double median_error = 0;  ///< absolute, relative
  double within_10 = 0, within_25 = 0, within_50 = 0;
  double coverage = 0;  ///< share of observations inside the stated 90 % intervals
  double width = 0;     ///< median of interval width over value
  /// Mean, relative to the observation (Gneiting & Raftery, JASA 2007, eq. 43): lower is better.
  double interval_score = 0;
  std::optional<double> tau;  ///< Kendall's, of the ranking of stacks, mean over like conditions
  int rankings = 0;           ///< how many such conditions had three stacks or more
  int n_nearest = 0;
  double nearest_error = 0;  ///< median over the n_nearest rows that have one
  int n_plain = 0;
  double plain_error = 0;
};
Score score(const std::vector<Held>& rows);

/// The error of some rows, each paper counting alike.
struct MacroError {
  double error = 0;          ///< mean over papers of each paper's median error
  double low = 0, high = 0;  ///< 5th and 95th percentile, papers drawn with replacement
  int papers = 0;
};
/// Bootstrap clustered by paper (Cameron, Gelbach & Miller 2008): rows of one paper are not
/// independent of each other, so whole papers are drawn.
MacroError macro_error(const std::vector<Held>& rows, std::uint64_t seed);

/// The errors of quantities held out on one machine each.
Score score(const std::vector<Across>& rows);

/// Kendall's tau-b of two lists of equal length; nothing when one of them is all ties.
std::optional<double> kendall(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace strata
