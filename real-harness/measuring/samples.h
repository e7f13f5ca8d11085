#pragma once

#include <limits>
#include <string>
#include <vector>

#include "real-harness/host.h"
#include "real-harness/measuring/disturbance.h"
#include "real-harness/measuring/measure.h"

namespace strata {

/// A stack's metric while it is measured.
struct OpenCell {
  CellEnd end;
  std::vector<std::size_t> samples = {};  ///< which rows are its own, warm-ups left out
  int failed = 0;                         ///< of these
};

/// The rows of a measurement under way, how quiet the machine was beside each, and the cells they
/// belong to.
class Samples {
 public:
  /// Runs the reference loop for the first time.
  Samples();

  /// Calls `live`, one life, and notes how quiet it was beside it. The loop after one life is the
  /// one before the next.
  template <class F>
  auto beside(F live) {
    const CpuTicks before = cpu_ticks();
    auto outcome = live();
    note(before);
    return outcome;
  }

  /// The cell of that stack and metric, a new one if there is none.
  OpenCell& cell(const std::string& stack, const std::string& metric);
  std::vector<OpenCell>& cells() { return cells_; }

  /// A row of the life noted last. A warm-up's outcome says so, and counts for no cell.
  void add(OpenCell& cell, Record row, bool warm_up);

  /// Whether the cell is done.
  void decide(OpenCell& cell, const Sampling& sampling) const;

  /// The rows, with those marked that were disturbed: which is known at the end only, by the
  /// quickest loop of all.
  Measurement finished();

 private:
  void note(const CpuTicks& before);

  std::vector<OpenCell> cells_;
  std::vector<Record> rows_;
  std::vector<Quiet> quiet_;  // beside each row
  Quiet now_;
  double last_loop_ = 0, least_ = std::numeric_limits<double>::infinity();
};

}  // namespace strata
