#include "models/cli/fleet_answers.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/distribution.h"
#include "models/cli/text_table.h"

namespace strata {
namespace {

std::string with_range(const std::vector<double>& values) {
  if (values.size() < 20) return compact(values.front(), 4);
  Empirical draws{{values.begin() + 1, values.end()}};
  std::sort(draws.sorted.begin(), draws.sorted.end());
  const double low = quantile(draws, 0.05), high = quantile(draws, 0.95);
  if (low == high) return compact(values.front(), 4);
  return fmt::format("{} [{} .. {}]", compact(values.front(), 4), compact(low, 3),
                     compact(high, 3));
}

void add_tables(const Scenario& scenario, const std::vector<FleetCell>& cells, std::string& out) {
  std::vector<std::string> workloads;
  for (const FleetCell& cell : cells)
    if (std::find(workloads.begin(), workloads.end(), cell.workload) == workloads.end())
      workloads.push_back(cell.workload);
  for (const std::string& workload : workloads) {
    std::vector<const FleetCell*> rows;
    for (const FleetCell& cell : cells)
      if (cell.workload == workload) rows.push_back(&cell);
    const FaasTotals& first = rows.front()->totals;
    out += fmt::format("\n{}: {} calls\n\n", workload, first.arrived);
    std::vector<std::string> header = {"stack"};
    std::vector<std::pair<std::string, std::string>> columns;
    for (const std::string& metric : scenario.table.empty() ? scenario.metrics : scenario.table)
      for (const auto& [key, values] : rows.front()->numbers)
        if (key.first == metric) {
          columns.push_back(key);
          const std::string unit = unit_of(metric);
          header.push_back(metric + (key.second == "value" ? "" : " " + key.second) +
                           (unit == "1" ? "" : " " + unit));
        }
    TextTable table(header);
    for (const FleetCell* cell : rows) {
      std::vector<std::string> row = {cell->stack};
      for (const auto& key : columns) {
        const auto it = cell->numbers.find(key);
        row.push_back(it == cell->numbers.end() ? "-" : with_range(it->second));
      }
      table.row(std::move(row));
    }
    out += table.print();
  }
}

/// How sure it is that the cheapest stack of a workload is cheaper than each other one.
struct Cheaper {
  std::string workload, cheapest, other;
  double probability = 0;  ///< of the draws; equal costs count half
};

std::vector<Cheaper> cheaper(const std::vector<FleetCell>& cells) {
  std::vector<Cheaper> out;
  std::map<std::string, std::vector<const FleetCell*>> by_workload;
  for (const FleetCell& cell : cells) by_workload[cell.workload].push_back(&cell);
  const std::pair<std::string, std::string> key{"cost.million_calls", "value"};
  for (const auto& [workload, all] : by_workload) {
    std::vector<const FleetCell*> rows;
    for (const FleetCell* cell : all)
      if (cell->numbers.contains(key)) rows.push_back(cell);
    if (rows.size() < 2) continue;
    const FleetCell* best = *std::min_element(rows.begin(), rows.end(), [&](auto* a, auto* b) {
      return a->numbers.at(key).front() < b->numbers.at(key).front();
    });
    for (const FleetCell* other : rows) {
      if (other == best) continue;
      const auto &a = best->numbers.at(key), &b = other->numbers.at(key);
      double wins = 0;
      for (std::size_t t = 1; t < a.size(); ++t) wins += a[t] < b[t] ? 1 : a[t] == b[t] ? 0.5 : 0;
      if (a.size() > 1)
        out.push_back(
            {workload, best->stack, other->stack, wins / static_cast<double>(a.size() - 1)});
    }
  }
  return out;
}

void add_findings(const Scenario& scenario, const std::vector<FleetCell>& cells, std::string& out) {
  std::map<std::string, std::vector<Cheaper>> by_workload;
  for (const Cheaper& c : cheaper(cells)) by_workload[c.workload].push_back(c);
  if (!by_workload.empty()) out += "\n";
  for (const auto& [workload, rows] : by_workload) {
    std::string text;
    for (const Cheaper& c : rows)
      text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", c.other, 100 * c.probability);
    out += fmt::format("{}: {} is cheapest; in so many draws it is cheaper than {}\n", workload,
                       rows.front().cheapest, text);
  }
  std::uint64_t evicted = 0;
  for (const FleetCell& cell : cells) evicted += cell.totals.evicted;
  if (evicted > 0)
    out += fmt::format("\n{} idle instances, in all cells, made room for others.\n", evicted);
  std::uint64_t arrived = 0, ended = 0, rejected = 0, lost = 0, failed = 0, restarts = 0;
  for (const FleetCell& cell : cells) {
    if (!cell.setup.outages.any()) continue;
    const FaasTotals& t = cell.totals;
    arrived += t.arrived, ended += t.ended, rejected += t.rejected, lost += t.lost;
    failed += t.failed, restarts += t.restarts;
  }
  if (arrived > 0)
    out += fmt::format(
        "\nFailures, in all cells: {} calls = {} ended + {} rejected + {} lost; {} instances were "
        "on "
        "hosts that failed, {} were started elsewhere at once.\n",
        arrived, ended, rejected, lost, failed, restarts);
  const double slo = scenario.fleet->slo;
  int missed = 0;
  for (const FleetCell& cell : cells)
    if (cell.totals.stretch.quantile(0.99) / 1000 > slo) ++missed;
  out += fmt::format(
      "\nThe objective, 99 % of calls within {} times their time on an idle core once they run, is "
      "held in {} of {} cells.\n",
      slo, cells.size() - static_cast<std::size_t>(missed), cells.size());
}

}  // namespace

std::vector<Record> records_of(const Scenario& scenario, const std::vector<FleetCell>& cells) {
  std::vector<Record> out;
  for (const FleetCell& cell : cells)
    for (const auto& [key, values] : cell.numbers)
      for (std::size_t trial = 0; trial < values.size(); ++trial) {
        Record r;
        r.scenario = scenario.id;
        r.stack = cell.stack;
        r.workload = cell.workload;
        r.machine = cell.machine;
        r.era = cell.era;
        r.accel = cell.accel;
        r.trial = static_cast<int>(trial);
        r.seed = scenario.seed;
        r.metric = key.first;
        r.statistic = key.second;
        r.value = values[trial];
        r.unit = unit_of(key.first);
        out.push_back(std::move(r));
      }
  return out;
}

std::string as_text(const Scenario& scenario, const std::vector<FleetCell>& cells) {
  std::string out;
  add_tables(scenario, cells, out);
  if (scenario.trials >= 20)
    out += fmt::format("value at stated parameters [5 % .. 95 % of {} draws from their ranges]\n",
                       scenario.trials);
  add_findings(scenario, cells, out);
  return out;
}

nlohmann::ordered_json to_json(const Scenario& scenario, const std::vector<FleetCell>& cells,
                               const std::filesystem::path& folder) {
  nlohmann::ordered_json out;
  out["scenario"] = scenario.id;
  out["question"] = scenario.question;
  out["seed"] = scenario.seed;
  out["trials"] = scenario.trials;
  out["answers"] = nlohmann::ordered_json::array();
  for (const FleetCell& cell : cells)
    for (const auto& [key, values] : cell.numbers) {
      Empirical draws{{values.begin() + (values.size() > 1 ? 1 : 0), values.end()}};
      std::sort(draws.sorted.begin(), draws.sorted.end());
      out["answers"].push_back({{"stack", cell.stack},
                                {"machine", cell.machine},
                                {"workload", cell.workload},
                                {"metric", key.first},
                                {"statistic", key.second},
                                {"value", values.front()},
                                {"low", quantile(draws, 0.05)},
                                {"high", quantile(draws, 0.95)},
                                {"unit", unit_of(key.first)}});
    }
  out["cheaper"] = nlohmann::ordered_json::array();
  for (const Cheaper& c : cheaper(cells))
    out["cheaper"].push_back({{"workload", c.workload},
                              {"cheapest", c.cheapest},
                              {"than", c.other},
                              {"probability", c.probability}});
  out["folder"] = folder.string();
  return out;
}

}  // namespace strata
