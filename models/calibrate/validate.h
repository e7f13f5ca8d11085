#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/calibrate/predict.h"

namespace strata {

/// A validation row beside what the model and the two baselines say. Values in `unit`.
struct Held {
  std::string id, table, paper, stack, machine, workload, metric, statistic, unit;
  int parallel = 0;
  double observed = 0;
  Prediction model;
  std::optional<double> nearest;  ///< baseline: the nearest published number times the clock ratio
  std::string nearest_row;
  std::optional<double> plain;  ///< baseline: the same with zero-overhead layers, i.e. bare Linux
  /// Rows of the same experiment that the prediction rests on; then it is no prediction.
  std::vector<std::string> rests_on;

  double error() const { return relative_error(model.value); }
  double relative_error(double value) const;
  bool covered() const { return model.low <= observed && observed <= model.high; }
  double width() const;
};

/// The errors of some rows together.
struct Score {
  int n = 0;
  double median_error = 0;  ///< absolute, relative
  double within_10 = 0, within_25 = 0, within_50 = 0;
  double coverage = 0;        ///< share of observations inside the stated 90 % intervals
  double width = 0;           ///< median of interval width over value
  double interval_score = 0;  ///< mean, relative to the observation (Gneiting & Raftery 2007)
  std::optional<double> tau;  ///< Kendall's tau-b of the stacks' ranking, mean over like conditions
  int rankings = 0;           ///< how many such conditions had three stacks or more
  int n_nearest = 0;
  double nearest_error = 0;  ///< median over the n_nearest rows that have one
  int n_plain = 0;
  double plain_error = 0;
};

struct Validation {
  std::vector<Held> held;     ///< predictions
  std::vector<Held> dropped;  ///< rows whose own experiment enters the answer: shown, not scored
  std::map<std::string, int> not_expressed;  ///< reason -> rows
  int validation_rows = 0;
};

/// Predicts every validation row that results/published/mapping.toml maps.
Validation validate(const Catalog& catalog, const Sampling& sampling);

Score score(const std::vector<Held>& rows);
/// The mean over papers of each paper's median absolute relative error.
double macro_error(const std::vector<Held>& rows);

/// Kendall's tau-b of two lists of equal length; nothing when one of them is all ties.
std::optional<double> kendall(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace strata
