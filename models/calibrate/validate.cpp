#include "models/calibrate/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "models/calibrate/grounds.h"

namespace strata {
namespace {

std::optional<double> quantile_of(const std::string& statistic) {
  if (statistic == "median") return 0.5;
  if (statistic == "p99") return 0.99;
  if (statistic == "p1") return 0.01;
  if (statistic == "max") return 1;
  return std::nullopt;  // the mean
}

std::string scored_with(const std::string& workload, const Catalog& catalog) {
  const std::string base = workload.substr(0, workload.find('.'));
  const auto whole = catalog.workloads.find(base), variant = catalog.workloads.find(workload);
  if (whole == catalog.workloads.end() || variant == catalog.workloads.end()) return workload;
  return whole->second.title == variant->second.title ? base : workload;
}

Held beside(const Comparison& c, const PublishedRow& row, const Question& q,
            const Catalog& catalog) {
  Held held;
  held.id = c.id;
  held.table = row.table;
  held.paper = row.paper;
  held.stack = c.stack;
  held.machine = c.machine;
  held.workload = c.workload;
  held.metric = q.metric;
  held.statistic = c.statistic;
  held.parallel = q.parallel;
  held.size = q.size;
  held.depth = q.depth;
  held.unit = unit_of_prediction(q.metric);
  held.observed = in_unit(row, held.unit);
  held.scored_with = scored_with(c.workload, catalog);
  return held;
}

/// The rows that a prediction rests on and that were measured together with the one it is held
/// against.
std::vector<std::string> of_same_experiment(const Held& held, const Published& published) {
  const PublishedRow& row = published.rows.at(held.id);
  std::set<std::string> same;
  for (const Ground& g : held.model.rests)
    for (const std::string& id : rows_named(g.source, published))
      if (const PublishedRow& other = published.rows.at(id); one_experiment(other, row))
        same.insert(id);
  return {same.begin(), same.end()};
}

}  // namespace

double Held::error_of(double value) const { return std::abs(value / observed - 1); }
double Held::width() const { return (model.high - model.low) / model.value; }

Question question_of(const Comparison& c, const Catalog& catalog) {
  Question q;
  const auto find = [](const auto& files, const std::string& id) {
    const auto file = files.find(id);
    return file == files.end() ? nullptr : &file->second;
  };
  q.stack = find(catalog.stacks, c.stack);
  q.machine = find(catalog.machines, c.machine);
  q.workload = find(catalog.workloads, c.workload);
  q.client = client_of(q.workload, catalog);
  q.metric = canonical_metric(c.metric);
  q.quantile = quantile_of(c.statistic);
  q.parallel = std::max(1, c.parallel);
  q.size = c.size;
  q.depth = std::max(1, c.depth);
  return q;
}

Validation validate(const Catalog& catalog, const DrawPlan& sampling) {
  Validation out;
  const Published& published = catalog.published;
  out.laboratories = laboratories(published);
  out.across = across_machines(published);
  std::map<std::pair<std::string, bool>, std::vector<std::string>> reasons;
  std::set<std::string> mapped;
  std::vector<Held> rows;
  std::vector<Question> questions;
  for (const Comparison& c : published.comparisons) {
    const PublishedRow& row = published.rows.at(c.id);
    if (row.role != "validation" || row.confidence == "memory") continue;
    mapped.insert(c.id);
    const Question q = question_of(c, catalog);
    Held held = beside(c, row, q, catalog);
    if (!q.stack || !q.machine || !std::isfinite(held.observed)) {
      reasons[{"mapped to a stack, machine or unit that is not there", true}].push_back(c.id);
      continue;
    }
    rows.push_back(std::move(held));
    questions.push_back(q);
  }
  const auto answers = predict(questions, drawn_with(sampling, catalog));
  add_baselines(rows, questions, catalog, sampling);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Held& held = rows[i];
    held.model = answers[i];
    if (!held.model.lacks.empty()) {
      reasons[{held.model.lacks, true}].push_back(held.id);
      continue;
    }
    held.rests_on = of_same_experiment(held, published);
    (held.rests_on.empty() ? out.held : out.dropped).push_back(std::move(held));
  }
  for (const auto& [id, row] : published.rows) {
    if (row.role != "validation") continue;
    ++out.validation_rows;
    if (mapped.contains(id)) continue;
    const auto reason = published.not_expressed.find(id);
    const NotMapped why =
        row.confidence == "memory" ? NotMapped{"remembered, not read in its source", false}
        : reason == published.not_expressed.end() ? NotMapped{"no reason is given", true}
                                                  : reason->second;
    reasons[{why.why, why.asked}].push_back(id);
  }
  out.asked = static_cast<int>(out.held.size() + out.dropped.size());
  for (auto& [why, ids] : reasons) {
    if (why.second) out.asked += static_cast<int>(ids.size());
    out.not_expressed.push_back({why.first, std::move(ids), why.second});
  }
  return out;
}

}  // namespace strata
