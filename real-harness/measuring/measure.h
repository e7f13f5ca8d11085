#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/study/record.h"
#include "real-harness/measuring/life.h"
#include "real-harness/measuring/sampling.h"
#include "real-harness/runner.h"

namespace strata {

/// Outcomes of a sample whose value stands in its row although it is not like the others: taken
/// before the others, or while something else wanted the machine.
inline constexpr const char* kWarmUp = "warm-up";
inline constexpr const char* kDisturbed = "disturbed";

/// What the harness waits, doing nothing, before each life. The kernel finishes with what the life
/// before left (namespaces, groups), and the processor is as cold for everybody: without it a
/// container that follows one of its kind starts in half the time of one that follows a process.
inline constexpr std::chrono::milliseconds kSettle{50};

struct MeasurePlan {
  std::vector<Runner*> runners;
  std::vector<Probe> probes;
  std::vector<int> instances = {};  ///< whose totals are taken; none: instance_counts()
  std::string machine;
  int warm_ups = 2;
  std::chrono::milliseconds settle = kSettle;
  Sampling sampling;
  /// No life begins after it.
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
};

/// What became of one stack and metric.
struct CellEnd {
  std::string stack;
  std::string metric;  ///< cell_name()
  Stopped stopped = Stopped::no;
  /// The reference loop around its samples, at the median, over the least time it took.
  double reference = 1;
};

struct Measurement {
  std::vector<Record> records;
  std::vector<CellEnd> cells;
  /// The wire of each stack whose network was measured, as it was in its last life.
  std::map<std::string, std::vector<WireDevice>> wires = {};
};

/// How far a measurement is.
struct Standing {
  int round = 0;
  int open = 0, cells = 0;
};

/// Runs rounds, each one life of every kind for every runner, until every stack's every metric is
/// done as `sampling` says or the time is over. A life all of whose metrics are done is left out.
/// Lives are interleaved, so that a disturbance of the machine meets all stacks alike. Every sample
/// becomes a record, warm-ups, disturbed ones and failures (value 0, outcome says why) as well.
Measurement measure(const MeasurePlan& plan, const std::function<void(const Standing&)>& told);

}  // namespace strata
