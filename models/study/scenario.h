#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/study/node.h"

namespace strata {

/// A question people run: a set on each axis, and how often. Every key is in workloads/README.md.
struct Scenario {
  std::string id;
  std::string question;
  std::vector<std::string> stacks;
  std::vector<std::string> machines;
  std::vector<std::string> workloads;
  std::vector<int> parallel;   ///< starts kept in flight
  std::vector<int> burst;      ///< starts at the same instant
  std::vector<int> instances;  ///< already running when measured; empty: until memory is full
  int trials = 0;              ///< parameter draws beside the run at stated values
  int starts = 0;  ///< starts in one trial; 0: ten times the widest parallel, at least 100
  std::uint64_t seed = 1;
  std::vector<std::string> metrics;
  std::vector<std::string> table;  ///< of these, the ones the terminal's table shows; empty: all
  std::vector<std::string> published;  ///< tables to compare with
  std::string trace;                   ///< arrivals: a reader's name; empty: none
  int trace_limit = 0;                 ///< use the first so many arrivals; 0: all
  Place place;
  std::map<std::string, Place> places;  ///< where a key, or "key: text" of a list, stands
};

/// One fully chosen point of a scenario's axes. Zero means the axis is not used.
struct Cell {
  std::string stack;
  std::string machine;
  std::string workload;
  int parallel = 0;
  int burst = 0;
};

Scenario read_scenario(const Node& node, const std::string& id, Issues& issues);

/// The parts that a claim's experiment shares with a scenario: [axes] and [run] of `node`, which
/// `reader` reads.
void read_experiment(class Reader& reader, const Node& node, Scenario& scenario);

/// Every combination of the axes, in the order the file gives them; the last axis turns fastest.
std::vector<Cell> expand(const Scenario& scenario);

/// The metrics a scenario may ask for, and what each one means.
struct Metric {
  std::string name;
  std::string unit;  ///< in which records state it
  std::string meaning;
};
const std::vector<Metric>& metrics();
/// The unit of a metric's records; metrics with a suffix (request.cpu.guest) have their stem's.
std::string unit_of(const std::string& metric);

}  // namespace strata
