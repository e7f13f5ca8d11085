#include "models/cli/choose.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/cli/command.h"

namespace strata {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(separator, begin)) != std::string::npos; begin = end + 1)
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

std::vector<int> whole_numbers(const std::string& axis, const std::vector<std::string>& texts) {
  std::vector<int> out;
  for (const std::string& text : texts) {
    const auto n = parse_quantity(text);
    if (!n || n->dimension != Dimension::ratio || n->value < 1 || n->value > 1e9 ||
        n->value != static_cast<int>(n->value))
      throw WrongInput(fmt::format("--set {}: '{}' is no whole number from 1", axis, text));
    out.push_back(static_cast<int>(n->value));
  }
  return out;
}

}  // namespace

void set_axis(Scenario& scenario, const std::string& text) {
  const auto at = text.find('=');
  if (at == std::string::npos)
    throw WrongInput(fmt::format("--set {}: must be axis=value or axis=value,value", text));
  const std::string axis = text.substr(0, at);
  const auto values = split(text.substr(at + 1), ',');
  if (axis == "machine")
    scenario.machines = values;
  else if (axis == "workload")
    scenario.workloads = values;
  else if (axis == "stack")
    scenario.stacks = values;
  else if (axis == "parallel")
    scenario.parallel = whole_numbers(axis, values), scenario.burst.clear();
  else if (axis == "burst")
    scenario.burst = whole_numbers(axis, values), scenario.parallel.clear();
  else if (axis == "instances")
    scenario.instances = whole_numbers(axis, values);
  else if (axis == "starts")
    scenario.starts = whole_numbers(axis, values).front();
  else
    throw WrongInput(fmt::format("--set {}: is no axis{}", axis,
                                 suggest(axis, {"stack", "machine", "workload", "parallel", "burst",
                                                "instances", "starts"})));
}

std::vector<Arrival> arrivals_of(Catalog& catalog, const Scenario& scenario,
                                 const std::string& folder) {
  if (!catalog.traces.contains(scenario.trace))
    throw WrongInput(fmt::format("'{}' is no trace format{}", scenario.trace,
                                 suggest(scenario.trace, ids(catalog.traces))));
  if (folder.empty())
    throw WrongInput(
        fmt::format("{} replays recorded arrivals ({}): say where your traces are with --traces "
                    "DIR or STRATA_TRACES",
                    scenario.id, scenario.trace));
  Issues issues;
  auto arrivals = catalog.traces.at(scenario.trace).read(folder, scenario.trace_limit, issues);
  if (!issues.empty()) throw WrongInput(issues);
  return arrivals;
}

std::vector<CellFiles> cells_of(Catalog& catalog, const Scenario& scenario,
                                const std::vector<Arrival>* arrivals) {
  std::vector<CellFiles> cells;
  Issues issues;
  for (const std::string& table : scenario.published)
    if (const auto known = published_tables(catalog.published);
        std::find(known.begin(), known.end(), table) == known.end())
      issues.push_back(
          {scenario.place, "run.published",
           fmt::format("'{}' is no published table{}", table, suggest(table, known, 60))});
  for (const Cell& cell : expand(scenario)) {
    CellFiles files{cell,
                    &stack_of(catalog, cell.stack),
                    &machine_of(catalog, cell.machine),
                    cell.workload.empty() ? nullptr : &workload_of(catalog, cell.workload),
                    arrivals,
                    &catalog.overlay};
    check_cell(scenario, files, issues);
    cells.push_back(files);
  }
  if (!issues.empty()) throw WrongInput(issues);
  return cells;
}

}  // namespace strata
