#include "models/calibrate/parallel_starts.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "models/base/distribution.h"
#include "models/calibrate/validate.h"

namespace strata {
namespace {

double mean(const std::vector<ParallelStart>& rows, double (ParallelStart::*error)() const) {
  const double sum = std::accumulate(rows.begin(), rows.end(), 0.0,
                                     [&](double s, const auto& r) { return s + (r.*error)(); });
  return rows.empty() ? 0 : sum / static_cast<double>(rows.size());
}

/// The same stack's row of one start, of the same table and statistic, or nothing.
const Comparison* alone(const Comparison& many, const Published& published) {
  const auto it = std::find_if(
      published.comparisons.begin(), published.comparisons.end(), [&](const Comparison& c) {
        return c.parallel == 1 && c.stack == many.stack && c.metric == many.metric &&
               c.statistic == many.statistic &&
               published.rows.at(c.id).table == published.rows.at(many.id).table;
      });
  return it == published.comparisons.end() ? nullptr : &*it;
}

Question on(const MachineFile& machine, const Comparison& c, const Catalog& catalog) {
  Question q = question_of(c, catalog);
  q.machine = &machine;
  return q;
}

/// The row of one start, times how much longer a start takes in company.
void put_growth(ParallelStart& row, const Prediction& many, const Prediction& one) {
  for (const Prediction* p : {&many, &one})
    if (!p->lacks.empty()) throw std::runtime_error(row.row + ": " + p->lacks);
  row.value = row.alone * many.value / one.value;
  Empirical drawn;
  for (std::size_t d = 0; d < many.draws.size(); ++d)
    drawn.sorted.push_back(row.alone * many.draws[d] / one.draws[d]);
  std::sort(drawn.sorted.begin(), drawn.sorted.end());
  row.low = quantile(drawn, 0.05);
  row.high = quantile(drawn, 0.95);
}

ParallelStarts held_against(const MachineFile& machine, const Catalog& catalog,
                            const DrawPlan& sampling) {
  const Published& published = catalog.published;
  ParallelStarts out;
  out.machine = machine.id;
  out.cores = machine.cores;
  std::string table;
  for (const Comparison& c : published.comparisons)
    if (c.machine == machine.id && published.rows.at(c.id).role == "calibration") {
      out.fitted_rows.push_back(c.id);
      out.fitted_stack = c.stack;
      table = published.rows.at(c.id).table;
    }
  if (out.fitted_rows.empty()) return out;

  std::vector<Question> questions;
  for (const Comparison& c : published.comparisons) {
    const PublishedRow& row = published.rows.at(c.id);
    const Comparison* one = c.parallel > 1 ? alone(c, published) : nullptr;
    if (!one || row.table != table || c.metric != "boot.total" || c.stack == out.fitted_stack)
      continue;
    ParallelStart start;
    start.row = c.id;
    start.alone_row = one->id;
    start.stack = c.stack;
    start.statistic = c.statistic;
    start.parallel = c.parallel;
    start.observed = in_unit(row, "ms");
    start.alone = in_unit(published.rows.at(one->id), "ms");
    out.held_out.push_back(std::move(start));
    questions.push_back(on(machine, c, catalog));
    questions.push_back(on(machine, *one, catalog));
  }
  MachineFile few = machine;
  few.id += " with four cores";
  few.cores = kFewCores;
  for (const MachineFile* m : {&machine, static_cast<const MachineFile*>(&few)})
    for (const int parallel : {kManyStarts, 1}) {
      Question q;
      q.stack = &catalog.stacks.at(out.fitted_stack);
      q.machine = m;
      q.metric = "boot.total";
      q.parallel = parallel;
      questions.push_back(q);
    }

  const auto answers = predict(questions, sampling);
  for (std::size_t i = 0; i < out.held_out.size(); ++i)
    put_growth(out.held_out[i], answers[2 * i], answers[2 * i + 1]);
  const Prediction* const growth = &answers[2 * out.held_out.size()];
  out.growth = growth[0].value / growth[1].value;
  out.growth_on_four_cores = growth[2].value / growth[3].value;
  return out;
}

}  // namespace

double ParallelStart::error() const { return std::abs(value / observed - 1); }
double ParallelStart::error_if_unchanged() const { return std::abs(alone / observed - 1); }

double ParallelStarts::mean_error() const { return mean(held_out, &ParallelStart::error); }
double ParallelStarts::mean_error_if_unchanged() const {
  return mean(held_out, &ParallelStart::error_if_unchanged);
}

std::vector<ParallelStarts> parallel_starts(const Catalog& catalog, const DrawPlan& sampling) {
  std::vector<ParallelStarts> out;
  for (const auto& [id, machine] : catalog.machines) {
    if (!machine.launcher) continue;
    ParallelStarts found = held_against(machine, catalog, sampling);
    if (!found.held_out.empty()) out.push_back(std::move(found));
  }
  return out;
}

}  // namespace strata
