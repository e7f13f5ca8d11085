#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/study/record.h"
#include "real-harness/runner.h"

namespace strata {

/// One number a trial yields.
struct Measured {
  std::string metric;
  std::string unit;
  double value = 0;
};

/// What one kind of trial measures: what to start, and how its outcome becomes numbers.
struct Probe {
  std::string metric;  ///< the name people select it by
  std::string about;
  std::string unit;
  Trial trial;
  /// Of an outcome that is ok; empty: the answer could not be understood.
  std::function<std::vector<Measured>(const Outcome&)> read;
};

/// Everything that can be measured. `quick` loops less.
std::vector<Probe> probes(bool quick);

struct MeasurePlan {
  std::vector<Runner*> runners;
  std::vector<Probe> probes;
  std::string machine;
  int warm_ups = 2;
  int trials = 30;
};

/// How quiet the machine was around the trials of one stack and metric.
struct MeasuredCell {
  std::string stack;
  std::string metric;
  /// A fixed loop of some milliseconds, timed before each of the trials (warm-ups left out): its
  /// median over the least time it took in this measurement.
  double reference = 1;

  /// More than a tenth slower than it can be: something else was running.
  bool disturbed() const { return reference > 1.1; }
};

struct Measurement {
  std::vector<Record> records;
  std::vector<MeasuredCell> cells;
};

/// Runs the plan's trials, interleaved: each round starts every probe of every runner once, so that
/// a disturbance of the machine meets all of them alike. Every sample becomes a record, the
/// warm-ups (outcome "warm-up", trial counted from 0 too) and the failures (value 0, outcome says
/// why) as well. `done` is told how many trials have ended.
Measurement measure(const MeasurePlan& plan, const std::function<void(int)>& done);

}  // namespace strata
