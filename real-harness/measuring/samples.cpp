#include "real-harness/measuring/samples.h"

#include <algorithm>

#include "real-harness/measuring/statistics.h"

namespace strata {

Samples::Samples() { last_loop_ = least_ = reference_loop(); }

void Samples::note(const CpuTicks& before) {
  const double loop = reference_loop();
  now_ = {std::max(last_loop_, loop), stolen_share(before, cpu_ticks())};
  last_loop_ = loop;
  least_ = std::min(least_, loop);
}

OpenCell& Samples::cell(const std::string& stack, const std::string& metric) {
  for (OpenCell& cell : cells_)
    if (cell.end.stack == stack && cell.end.metric == metric) return cell;
  return cells_.emplace_back(OpenCell{{stack, metric}});
}

void Samples::add(OpenCell& cell, Record row, bool warm_up) {
  const bool ok = row.outcome == "ok";
  if (!warm_up) {
    cell.samples.push_back(rows_.size());
    cell.failed += !ok;
  } else if (ok) {
    row.outcome = kWarmUp;
  }
  rows_.push_back(std::move(row));
  quiet_.push_back(now_);
}

void Samples::decide(OpenCell& cell, const Sampling& sampling) const {
  if (cell.end.stopped != Stopped::no) return;
  std::vector<double> values;
  for (const std::size_t i : cell.samples)
    if (rows_[i].outcome == "ok" && !is_disturbed(quiet_[i], least_))
      values.push_back(rows_[i].value);
  cell.end.stopped =
      strata::decide(sampling, values, static_cast<int>(cell.samples.size()), cell.failed);
}

Measurement Samples::finished() {
  Measurement out;
  for (OpenCell& cell : cells_) {
    if (cell.end.stopped == Stopped::no) cell.end.stopped = Stopped::time;
    std::vector<double> loops;
    for (const std::size_t i : cell.samples) {
      loops.push_back(quiet_[i].loop / least_);
      if (rows_[i].outcome == "ok" && is_disturbed(quiet_[i], least_))
        rows_[i].outcome = kDisturbed;
    }
    std::sort(loops.begin(), loops.end());
    if (!loops.empty()) cell.end.reference = quantile_of(loops, 0.5);
    out.cells.push_back(std::move(cell.end));
  }
  out.records = std::move(rows_);
  return out;
}

}  // namespace strata
