#include "models/cli/finding.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/cli/text_table.h"

namespace strata {
namespace {

struct Question {
  std::string metric, statistic, best, worst;
};

const std::vector<Question> kQuestions = {
    {"boot.total", "median", "starts fastest", "slowest"},
    {"memory.marginal", "value", "adds least memory per instance", "most"},
    {"request.cpu", "value", "serves a request with the least CPU time", "with the most"},
    {"start.latency", "median", "answers an arrival soonest", "last"},
    {"density.instances", "value", "fits fewest instances", "most"},
};

std::string shown(const Answer& a, const std::string& unit) {
  return compact(a.value, 3) + (unit == "1" ? "" : " " + unit);
}

}  // namespace

double probability_below(const Answer& a, const Answer& b) {
  double below = 0;
  const std::size_t n = std::min(a.draws.size(), b.draws.size());
  for (std::size_t i = 0; i < n; ++i)
    below += a.draws[i] < b.draws[i] ? 1.0 : a.draws[i] == b.draws[i] ? 0.5 : 0.0;
  return n == 0 ? 0.5 : below / static_cast<double>(n);
}

std::string verdict(double probability) {
  if (probability >= 0.95) return fmt::format("in {:.0f} % of the draws", 100 * probability);
  if (probability <= 0.05)
    return fmt::format("though in only {:.0f} % of the draws", 100 * probability);
  return fmt::format("undetermined: in {:.0f} % of the draws", 100 * probability);
}

std::vector<std::string> findings(const Played& played) {
  std::vector<std::string> out;
  for (const Question& q : kQuestions) {
    // One load on one machine: a sentence that mixes them would compare unlike with unlike.
    std::vector<const CellResult*> cells;
    for (const CellResult& cell : played.cells) {
      const bool same =
          cells.empty() || (cells[0]->files.machine == cell.files.machine &&
                            cells[0]->files.cell.parallel == cell.files.cell.parallel &&
                            cells[0]->files.cell.burst == cell.files.cell.burst &&
                            cells[0]->files.workload == cell.files.workload);
      if (same && cell.find(q.metric, q.statistic)) cells.push_back(&cell);
    }
    if (cells.size() < 2) continue;
    const auto value = [&](const CellResult* c) -> const Answer& {
      return *c->find(q.metric, q.statistic);
    };
    std::sort(cells.begin(), cells.end(),
              [&](auto* a, auto* b) { return value(a).value < value(b).value; });
    const Answer &first = value(cells.front()), &last = value(cells.back());
    const std::string unit = unit_of(q.metric);
    const Cell& at = cells.front()->files.cell;
    const std::string load = at.parallel > 1 ? fmt::format(" with {} in flight", at.parallel)
                             : at.burst > 0  ? fmt::format(" in a burst of {}", at.burst)
                                             : "";
    out.push_back(fmt::format(
        "{} {} ({}), {} {} ({}){} on {}: {} times apart, {}.", cells.front()->files.stack->id,
        q.best, shown(first, unit), cells.back()->files.stack->id, q.worst, shown(last, unit), load,
        cells.front()->files.machine->id, compact(last.value / first.value, 3),
        verdict(probability_below(first, last))));
  }
  return out;
}

}  // namespace strata
