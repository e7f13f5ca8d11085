#include <algorithm>
#include <cmath>
#include <tuple>

#include "models/calibrate/grounds.h"
#include "models/calibrate/validate.h"

namespace strata {
namespace {

constexpr const char* kPlainStack = "bare_linux";

/// A faster clock makes times shorter and rates higher, and does nothing to bytes and ratios.
double clock_factor(const std::string& unit, double from, double to) {
  if (unit == "ms" || unit == "us" || unit == "ns") return from / to;
  if (unit.ends_with("/s")) return to / from;
  return 1;
}

int shared_layers(const StackFile& a, const StackFile& b) {
  int n = a.id == b.id ? 100 : 0;
  for (const StackLayer& x : a.layers)
    n += std::any_of(b.layers.begin(), b.layers.end(),
                     [&](const StackLayer& y) { return x.use == y.use; });
  return n;
}

/// The mapped number of the same metric and workload from another experiment whose stack shares
/// most layers; among equals the same load, then the nearest clock, then the last id. What another
/// experiment is, is the same for this baseline as for a prediction: what one may not rest on, the
/// other may not repeat.
void find_nearest(Held& row, const Question& q, const Catalog& catalog) {
  std::tuple<int, int, double, std::string> best{-1, 0, 0, ""};
  const Published& published = catalog.published;
  const PublishedRow& own = published.rows.at(row.id);
  for (const Comparison& c : published.comparisons) {
    const PublishedRow& other = published.rows.at(c.id);
    const double value = in_unit(other, row.unit);
    if (canonical_metric(c.metric) != q.metric || c.workload != row.workload ||
        one_experiment(other, own) || !std::isfinite(value))
      continue;
    const Question theirs = question_of(c, catalog);
    if (!theirs.stack || !theirs.machine) continue;
    const double from = theirs.machine->clock.value.value, to = q.machine->clock.value.value;
    const std::tuple<int, int, double, std::string> closeness{
        shared_layers(*q.stack, *theirs.stack), theirs.parallel == q.parallel,
        -std::abs(std::log(from / to)), c.id};
    if (closeness <= best) continue;
    best = closeness;
    row.nearest = value * clock_factor(row.unit, from, to);
    row.nearest_row = c.id;
  }
}

}  // namespace

void add_baselines(std::vector<Held>& rows, const std::vector<Question>& questions,
                   const Catalog& catalog, const DrawPlan& sampling) {
  for (std::size_t i = 0; i < rows.size(); ++i) find_nearest(rows[i], questions[i], catalog);
  if (!catalog.stacks.contains(kPlainStack)) return;
  std::vector<Question> plain = questions;
  for (Question& q : plain) {
    q.stack = &catalog.stacks.at(kPlainStack);
    if (q.metric.starts_with("boot.")) q.metric = "boot.total";
  }
  DrawPlan as_stated;
  as_stated.draws = as_stated.repetitions = 0;
  as_stated.seed = sampling.seed;
  as_stated.jobs = sampling.jobs;
  const auto answers = predict(plain, as_stated);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (answers[i].lacks.empty()) rows[i].plain = answers[i].value;
}

}  // namespace strata
