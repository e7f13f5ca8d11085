#include "real-harness/measuring/summary.h"

#include <algorithm>

#include "real-harness/measuring/life.h"
#include "real-harness/measuring/measure.h"

namespace strata {
namespace {

std::string name_of(const Record& r) {
  return cell_name(r.metric, r.instances, r.burst, r.statistic);
}

template <class Part>
std::vector<std::string> in_order(const std::vector<Record>& records, Part part) {
  std::vector<std::string> names;
  for (const Record& r : records)
    if (std::find(names.begin(), names.end(), part(r)) == names.end()) names.push_back(part(r));
  return names;
}

/// Precondition: the records are of one stack and metric, and there is at least one.
MeasuredCell cell_of(const std::vector<const Record*>& records) {
  const Record& first = *records.front();
  MeasuredCell cell;
  cell.stack = first.stack;
  cell.metric = name_of(first);
  cell.unit = first.unit;
  cell.accel = first.accel;
  cell.clock = first.clock;
  std::vector<double> all;
  for (const Record* r : records) {
    if (r->outcome == "ok") cell.values.push_back(r->value);
    if (r->outcome == kDisturbed) ++cell.disturbed_samples;
    if (r->outcome == "ok" || r->outcome == kDisturbed) {
      all.push_back(r->value);
    } else if (r->outcome != kWarmUp) {
      if (cell.failed++ == 0) cell.failure = r->outcome;
    }
  }
  cell.disturbed =
      cell.disturbed_samples > 0 && (cell.values.size() < 3 || 2 * cell.values.size() < all.size());
  if (cell.disturbed) cell.values = std::move(all);
  if (cell.values.empty()) return cell;
  const std::string name = cell.metric + "/" + cell.stack;
  cell.median = median_of(cell.values, name);
  cell.mixture = mixture_of(cell.values, name);
  return cell;
}

}  // namespace

std::vector<MeasuredCell> cells_of(const std::vector<Record>& records) {
  const auto stacks = in_order(records, [](const Record& r) { return r.stack; });
  std::vector<MeasuredCell> cells;
  for (const std::string& metric : in_order(records, name_of))
    for (const std::string& stack : stacks) {
      std::vector<const Record*> its;
      for (const Record& r : records)
        if (name_of(r) == metric && r.stack == stack) its.push_back(&r);
      if (!its.empty()) cells.push_back(cell_of(its));
    }
  return cells;
}

std::vector<Compared> compare(const std::vector<MeasuredCell>& cells, const std::string& baseline) {
  std::vector<Compared> out;
  for (const MeasuredCell& cell : cells) {
    if (cell.stack == baseline) continue;
    const auto base = std::find_if(cells.begin(), cells.end(), [&](const MeasuredCell& other) {
      return other.stack == baseline && other.metric == cell.metric;
    });
    if (base == cells.end()) continue;
    Compared c{cell.stack,
               cell.metric,
               cell.accel == base->accel && cell.clock == base->clock,
               cell.disturbed || base->disturbed,
               {}};
    if (c.comparable && cell.median && base->median)
      c.ratio =
          ratio_of(cell.values, base->values, cell.metric + "/" + cell.stack + "/" + baseline);
    out.push_back(std::move(c));
  }
  return out;
}

}  // namespace strata
