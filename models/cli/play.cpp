#include "models/cli/play.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "models/base/distribution.h"
#include "models/host/workers.h"

namespace strata {
namespace {

using nlohmann::json;

/// A trial's result crosses the pipe as JSON; doubles are written so that they read back the same.
std::string to_text(const TrialResult& result) {
  json out;
  out["statistics"] = json::array();
  for (const Statistic& s : result.statistics)
    out["statistics"].push_back({s.metric, s.statistic, s.value, s.instances});
  out["spans"] = json::array();
  for (const Span& s : result.spans)
    out["spans"].push_back({s.instance, s.phase, s.begin, s.locked, s.end});
  out["phases"] = result.phase_names;
  return out.dump();
}

TrialResult from_text(const std::string& text) {
  const json in = json::parse(text);
  TrialResult result;
  for (const auto& s : in["statistics"]) result.statistics.push_back({s[0], s[1], s[2], s[3]});
  for (const auto& s : in["spans"]) result.spans.push_back({s[0], s[1], s[2], s[3], s[4]});
  result.phase_names = in["phases"];
  return result;
}

Record record_of(const Scenario& scenario, const CellFiles& files, int trial) {
  Record r;
  r.scenario = scenario.id;
  r.stack = files.stack->id;
  r.workload = files.workload ? files.workload->id : scenario.trace;
  r.machine = files.machine->id;
  r.era = files.stack->era;
  r.accel = accel_of(*files.stack, files.machine->accel);
  r.parallel = files.cell.parallel;
  r.burst = files.cell.burst;
  r.trial = trial;
  r.seed = scenario.seed;
  return r;
}

void gather(const Scenario& scenario, CellResult& cell, int trial, const TaskResult& task,
            std::vector<Record>& records) {
  Record r = record_of(scenario, cell.files, trial);
  if (!task.failure.empty()) {
    r.outcome = task.failure;
    r.value = std::nan("");
    records.push_back(r);
    cell.failures.push_back(
        fmt::format("{} on {}, trial {}: {}", r.stack, r.machine, trial, task.failure));
    return;
  }
  TrialResult result = from_text(task.output);
  for (const Statistic& s : result.statistics) {
    const bool share = s.statistic == "assumed_share";
    r.metric = share ? "assumed." + s.metric : s.metric;
    r.statistic = share ? "share" : s.statistic;
    r.value = s.value;
    r.instances = s.instances;
    r.unit = share ? "1" : unit_of(s.metric);
    records.push_back(r);
    if (share) {
      cell.assumed[s.metric] = s.value;
    } else if (Answer& answer = cell.answers[{s.metric, s.statistic, s.instances}]; trial == 0) {
      answer.value = s.value;
    } else {
      answer.draws.push_back(s.value);
    }
  }
  if (trial == 0) {
    cell.spans = std::move(result.spans);
    cell.phase_names = std::move(result.phase_names);
  }
}

void finish(CellResult& cell) {
  for (auto& [key, answer] : cell.answers) {
    answer.low = answer.high = answer.value;
    if (answer.draws.empty()) continue;
    Empirical sorted{answer.draws};
    std::sort(sorted.sorted.begin(), sorted.sorted.end());
    answer.low = quantile(sorted, 0.05);
    answer.high = quantile(sorted, 0.95);
  }
}

void hold_against(const Published& published, Played& played) {
  for (const Comparison& c : published.comparisons) {
    const PublishedRow& row = published.rows.at(c.id);
    const auto& tables = played.scenario.published;
    if (std::find(tables.begin(), tables.end(), row.table) == tables.end()) continue;
    const double value = in_unit(row, unit_of(c.metric));
    const auto asked = [&](const CellResult& cell) {
      return cell.files.stack->id == c.stack && cell.files.machine->id == c.machine;
    };
    if (std::none_of(played.cells.begin(), played.cells.end(), asked)) continue;
    bool found = false;
    for (const CellResult& cell : played.cells) {
      const Cell& at = cell.files.cell;
      const bool same_load = std::max(1, at.parallel) == std::max(1, c.parallel) && at.burst == 0;
      if (cell.files.stack->id != c.stack || cell.files.machine->id != c.machine || !same_load)
        continue;
      if (!c.workload.empty() && (!cell.files.workload || cell.files.workload->id != c.workload))
        continue;
      const Answer* ours = cell.find(c.metric, c.statistic);
      if (!ours) ours = cell.find(c.metric, "value");  // a closed form is a mean
      if (!ours || !std::isfinite(value)) continue;
      found = true;
      played.against.push_back({c.id, c.stack, c.machine, c.metric, c.statistic, c.parallel, value,
                                *ours, unit_of(c.metric)});
      Record r = record_of(played.scenario, cell.files, 0);
      r.seed = 0;
      r.metric = c.metric;
      r.statistic = c.statistic;
      r.value = value;
      r.unit = unit_of(c.metric);
      r.origin = "published";
      r.source = c.id;
      played.records.push_back(r);
    }
    if (!found)
      played.not_compared.push_back(fmt::format("{} ({} {} {} parallel {})", c.id, c.stack,
                                                c.metric, c.statistic, c.parallel));
  }
}

}  // namespace

const Answer* CellResult::find(const std::string& metric, const std::string& statistic,
                               int instances) const {
  const auto it = answers.find({metric, statistic, instances});
  return it == answers.end() ? nullptr : &it->second;
}

Played play(const Scenario& scenario, const std::vector<CellFiles>& cells,
            const Published& published, int jobs, const std::function<void(int, int)>& progress) {
  Played played;
  played.scenario = scenario;
  for (const CellFiles& files : cells) played.cells.push_back({files, {}, {}, {}, {}, {}});
  const int per_cell = scenario.trials + 1;
  const int count = static_cast<int>(cells.size()) * per_cell;
  const auto task = [&](int i) {
    return to_text(simulate(scenario, cells[static_cast<std::size_t>(i / per_cell)], i % per_cell));
  };
  const auto results = run_forked(count, jobs, task, [&](int done) { progress(done, count); });
  for (int i = 0; i < count; ++i)
    gather(scenario, played.cells[static_cast<std::size_t>(i / per_cell)], i % per_cell,
           results[static_cast<std::size_t>(i)], played.records);
  for (CellResult& cell : played.cells) finish(cell);
  hold_against(published, played);
  return played;
}

}  // namespace strata
