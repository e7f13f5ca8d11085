#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/host/simulate.h"
#include "models/study/catalog.h"
#include "models/study/record.h"

namespace strata {

/// The value at stated parameters and the 5th and 95th percentiles over the draws.
struct Answer {
  double value = 0;
  double low = 0, high = 0;
  std::vector<double> draws;  ///< by trial, from 1
};

/// What the outcome of one cell says about one number.
struct AnswerKey {
  std::string metric;
  std::string statistic;
  int instances = 0;
  friend auto operator<=>(const AnswerKey&, const AnswerKey&) = default;
};

struct CellResult {
  CellFiles files;
  std::map<AnswerKey, Answer> answers;
  std::map<std::string, double> assumed;  ///< metric -> share resting on assumed numbers
  std::vector<std::string> failures;      ///< trials that gave nothing, and why
  std::vector<Span> spans;
  std::vector<std::string> phase_names;

  const Answer* find(const std::string& metric, const std::string& statistic,
                     int instances = 0) const;
};

/// A published number beside ours.
struct Against {
  std::string id;
  std::string stack, machine, metric, statistic;
  int parallel = 0;
  double published = 0;
  Answer ours;
  std::string unit;
  double error() const { return (ours.value - published) / published; }
};

struct Played {
  Scenario scenario;
  std::vector<CellResult> cells;
  std::vector<Against> against;
  std::vector<std::string> not_compared;  ///< published rows of those tables that no cell answers
  std::vector<Record> records;
};

/// Plays every trial of every cell, `jobs` at a time, and gathers the answers. The result does not
/// depend on `jobs`. `progress` is told how many trials are done, of how many.
Played play(const Scenario& scenario, const std::vector<CellFiles>& cells,
            const Published& published, int jobs, const std::function<void(int, int)>& progress);

}  // namespace strata
