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
  /// The workload, or that which it is a variant of unless it has a title of its own.
  std::string scored_with;
  int parallel = 1;
  double size = 0;  ///< as in Question
  int depth = 1;
  double observed = 0;
  Prediction model;
  /// Baseline: the nearest published number times the ratio of the clocks; and which row that is.
  std::optional<double> nearest;
  std::string nearest_row;
  /// Baseline: the same with layers that cost nothing, i.e. on bare Linux.
  std::optional<double> plain;
  /// Rows of the same experiment that the prediction rests on; then it is no prediction.
  std::vector<std::string> rests_on;

  /// Of any answer to the row's question, absolute and relative to what was observed.
  double error_of(double value) const;
  double error() const { return error_of(model.value); }
  bool covered() const { return model.low <= observed && observed <= model.high; }
  /// Of the stated interval, relative to the value.
  double width() const;
};

/// Validation rows that no prediction stands beside, and why.
struct NotExpressed {
  std::string why;
  std::vector<std::string> rows;
  bool asked = false;  ///< their metric can be asked for: a stack or a number is what is missing
};

struct Validation {
  std::vector<Held> held;     ///< predictions
  std::vector<Held> dropped;  ///< rows whose own experiment enters the answer: shown, not scored
  std::vector<NotExpressed> not_expressed;
  std::map<std::string, Between> laboratories;  ///< by kind of quantity, "" all together
  std::vector<Across> across;                   ///< quantities held out on one machine each
  int validation_rows = 0;
  int asked = 0;  ///< of them, those about a metric that can be asked for
};

/// Predicts every validation row that results/published/mapping.toml maps and nobody only
/// remembers.
Validation validate(const Catalog& catalog, const DrawPlan& sampling);

/// Adds the two baselines to rows whose questions these are.
void add_baselines(std::vector<Held>& rows, const std::vector<Question>& questions,
                   const Catalog& catalog, const DrawPlan& sampling);

/// The question that a row of the mapping is the answer to; its stack or machine is nullptr when
/// the catalog does not know them.
Question question_of(const Comparison& row, const Catalog& catalog);

}  // namespace strata
