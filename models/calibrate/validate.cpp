#include "models/calibrate/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "models/base/distribution.h"
#include "models/calibrate/grounds.h"

namespace strata {
namespace {

constexpr const char* kPlainStack = "bare_linux";
/// The stated intervals leave out this share.
constexpr double kAlpha = 0.1;

double median(std::vector<double> values) {
  if (values.empty()) return std::nan("");
  std::sort(values.begin(), values.end());
  return quantile(Empirical{std::move(values)}, 0.5);
}

std::optional<double> quantile_of(const std::string& statistic) {
  if (statistic == "median") return 0.5;
  if (statistic == "p99") return 0.99;
  if (statistic == "p1") return 0.01;
  return std::nullopt;  // the mean
}

Question question_of(const Comparison& c, const Catalog& catalog) {
  Question q;
  const auto stack = catalog.stacks.find(c.stack);
  const auto machine = catalog.machines.find(c.machine);
  const auto workload = catalog.workloads.find(c.workload);
  if (stack != catalog.stacks.end()) q.stack = &stack->second;
  if (machine != catalog.machines.end()) q.machine = &machine->second;
  if (workload != catalog.workloads.end()) q.workload = &workload->second;
  q.metric = canonical_metric(c.metric);
  q.quantile = quantile_of(c.statistic);
  q.parallel = std::max(1, c.parallel);
  q.size = c.size;
  return q;
}

std::string unit_of_prediction(const std::string& metric) {
  for (const PredictMetric& m : predict_metrics())
    if (m.name == metric) return m.unit;
  return "";
}

/// A faster clock makes times shorter and rates higher, and does nothing to bytes.
double clock_factor(const std::string& unit, double from, double to) {
  if (unit == "ms" || unit == "us" || unit == "ns") return from / to;
  if (unit == "/s" || unit == "MiB/s") return to / from;
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
/// most layers; among equals the nearest clock, then the first id.
void find_nearest(Held& row, const Question& q, const Catalog& catalog) {
  std::tuple<int, double, std::string> best{-1, 0, ""};
  const Published& published = catalog.published;
  const std::string experiment = experiment_of(published.rows.at(row.id));
  for (const Comparison& c : published.comparisons) {
    const PublishedRow& other = published.rows.at(c.id);
    const double value = in_unit(other, row.unit);
    if (canonical_metric(c.metric) != q.metric || c.workload != row.workload ||
        experiment_of(other) == experiment || !std::isfinite(value))
      continue;
    const Question theirs = question_of(c, catalog);
    if (!theirs.stack || !theirs.machine) continue;
    const double from = theirs.machine->clock.value.value, to = q.machine->clock.value.value;
    const std::tuple<int, double, std::string> closeness{shared_layers(*q.stack, *theirs.stack),
                                                         -std::abs(std::log(from / to)), c.id};
    if (closeness <= best) continue;
    best = closeness;
    row.nearest = value * clock_factor(row.unit, from, to);
    row.nearest_row = c.id;
  }
}

}  // namespace

double Held::relative_error(double value) const { return std::abs(value / observed - 1); }
double Held::width() const { return (model.high - model.low) / model.value; }

std::optional<double> kendall(const std::vector<double>& x, const std::vector<double>& y) {
  double concordant = 0, x_pairs = 0, y_pairs = 0;
  const auto sign = [](double v) { return v > 0 ? 1 : v < 0 ? -1 : 0; };
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = i + 1; j < x.size(); ++j) {
      const int a = sign(x[i] - x[j]), b = sign(y[i] - y[j]);
      concordant += a * b;
      x_pairs += a != 0;
      y_pairs += b != 0;
    }
  if (x_pairs == 0 || y_pairs == 0) return std::nullopt;
  return concordant / std::sqrt(x_pairs * y_pairs);
}

Validation validate(const Catalog& catalog, const Sampling& sampling) {
  Validation out;
  const Published& published = catalog.published;
  std::set<std::string> mapped;
  std::vector<Held> rows;
  std::vector<Question> questions;
  for (const Comparison& c : published.comparisons) {
    const PublishedRow& row = published.rows.at(c.id);
    if (row.role != "validation" || row.confidence == "memory") continue;
    mapped.insert(c.id);
    const Question q = question_of(c, catalog);
    Held held;
    held.id = c.id, held.table = row.table, held.paper = paper_of(c.id), held.stack = c.stack,
    held.machine = c.machine, held.workload = c.workload, held.metric = q.metric,
    held.statistic = c.statistic, held.parallel = c.parallel;
    held.unit = unit_of_prediction(q.metric);
    held.observed = in_unit(row, held.unit);
    if (!q.stack || !q.machine || !std::isfinite(held.observed)) {
      ++out.not_expressed["mapped, but to a stack, machine or unit that is not there"];
      continue;
    }
    rows.push_back(std::move(held));
    questions.push_back(q);
  }
  const auto answers = predict(questions, sampling);

  // The same with layers that cost nothing: the application on Linux on the machine.
  const StackFile* plain_stack =
      catalog.stacks.contains(kPlainStack) ? &catalog.stacks.at(kPlainStack) : nullptr;
  std::vector<Question> plain_questions = questions;
  for (Question& q : plain_questions) {
    if (plain_stack) q.stack = plain_stack;
    if (q.metric.rfind("boot.", 0) == 0) q.metric = "boot.total";
  }
  Sampling as_stated = sampling;
  as_stated.draws = 1;
  as_stated.repetitions = 1;
  const auto plain = predict(plain_questions, as_stated);

  for (std::size_t i = 0; i < rows.size(); ++i) {
    Held& held = rows[i];
    held.model = answers[i];
    if (!held.model.lacks.empty()) {
      ++out.not_expressed[held.model.lacks];
      continue;
    }
    if (plain_stack && plain[i].lacks.empty()) held.plain = plain[i].value;
    find_nearest(held, questions[i], catalog);
    const std::string experiment = experiment_of(published.rows.at(held.id));
    std::set<std::string> same;
    for (const Ground& g : held.model.rests)
      for (const std::string& id : rows_named(g.source, published))
        if (experiment_of(published.rows.at(id)) == experiment) same.insert(id);
    held.rests_on.assign(same.begin(), same.end());
    (same.empty() ? out.held : out.dropped).push_back(std::move(held));
  }
  for (const auto& [id, row] : published.rows) {
    if (row.role != "validation") continue;
    ++out.validation_rows;
    if (mapped.contains(id)) continue;
    const auto reason = published.not_expressed.find(id);
    ++out.not_expressed[row.confidence == "memory" ? "remembered, not read in its source"
                        : reason == published.not_expressed.end() ? "no reason is given"
                                                                  : reason->second];
  }
  return out;
}

Score score(const std::vector<Held>& rows) {
  Score s;
  s.n = static_cast<int>(rows.size());
  if (rows.empty()) return s;
  std::vector<double> errors, widths, nearest, plain;
  using Conditions = std::tuple<std::string, std::string, std::string, std::string, int>;
  std::map<Conditions, std::pair<std::vector<double>, std::vector<double>>> rankings;
  for (const Held& r : rows) {
    const double e = r.error(), x = r.observed;
    errors.push_back(e);
    widths.push_back(r.width());
    s.within_10 += e <= 0.10;
    s.within_25 += e <= 0.25;
    s.within_50 += e <= 0.50;
    s.coverage += r.covered();
    s.interval_score += (r.model.high - r.model.low +
                         2 / kAlpha * std::max({r.model.low - x, x - r.model.high, 0.0})) /
                        x;
    if (r.nearest) nearest.push_back(r.relative_error(*r.nearest));
    if (r.plain) plain.push_back(r.relative_error(*r.plain));
    auto& [ours, theirs] =
        rankings[{r.table + r.machine, r.workload, r.metric, r.statistic, r.parallel}];
    ours.push_back(r.model.value);
    theirs.push_back(x);
  }
  for (double* share : {&s.within_10, &s.within_25, &s.within_50, &s.coverage, &s.interval_score})
    *share /= s.n;
  s.median_error = median(errors);
  s.width = median(widths);
  s.n_nearest = static_cast<int>(nearest.size());
  s.nearest_error = median(nearest);
  s.n_plain = static_cast<int>(plain.size());
  s.plain_error = median(plain);
  double sum = 0;
  for (const auto& [conditions, values] : rankings) {
    if (values.first.size() < 3) continue;
    if (const auto tau = kendall(values.first, values.second)) sum += *tau, ++s.rankings;
  }
  if (s.rankings > 0) s.tau = sum / s.rankings;
  return s;
}

double macro_error(const std::vector<Held>& rows) {
  std::map<std::string, std::vector<double>> papers;
  for (const Held& r : rows) papers[r.paper].push_back(r.error());
  double sum = 0;
  for (const auto& paper : papers) sum += median(paper.second);
  return papers.empty() ? std::nan("") : sum / static_cast<double>(papers.size());
}

}  // namespace strata
