#include "models/cli/claim_experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include "models/claims/influence.h"
#include "models/claims/measured.h"
#include "models/cli/choose.h"
#include "models/cli/command.h"
#include "models/cli/progress.h"
#include "models/study/numbers.h"

namespace strata {
namespace {

/// With fewer draws, a share of 95 % of them is not known.
constexpr int kLeastTrials = 100;
constexpr std::size_t kMostParameters = 3;

bool meant(const Side& side, const CellResult& cell) {
  const Cell& at = cell.files.cell;
  const auto same = [](const std::string& wanted, const std::string& has) {
    return wanted.empty() || wanted == has;
  };
  return same(side.stack, at.stack) && same(side.machine, at.machine) &&
         same(side.workload, at.workload) && (side.parallel == 0 || side.parallel == at.parallel) &&
         (side.burst == 0 || side.burst == at.burst);
}

/// The one cell a side means; said aloud when it means none, or several.
const CellResult& cell_of(const Side& side, const Played& played) {
  const CellResult* found = nullptr;
  for (const CellResult& cell : played.cells) {
    if (!meant(side, cell)) continue;
    if (found)
      throw std::invalid_argument(
          fmt::format("{} {} is meant of several cells; name the axis in which they differ",
                      side.stack, side.metric));
    found = &cell;
  }
  if (!found)
    throw std::invalid_argument(fmt::format("no cell of the experiment is {} {} {}", side.stack,
                                            side.workload, side.machine));
  return *found;
}

const Answer& answer_of(const Side& side, const CellResult& cell) {
  static const std::vector<std::string> kDefault = {"median", "value", "mean", "max"};
  for (const std::string& statistic :
       side.statistic.empty() ? kDefault : std::vector<std::string>{side.statistic})
    if (const Answer* a = cell.find(side.metric, statistic, side.instances)) return *a;
  throw std::invalid_argument(
      fmt::format("{} has no {} {}", cell.files.cell.stack, side.metric, side.statistic));
}

Sample of_play(const Side& side, const Experiment& experiment) {
  const ClaimPlay& play = experiment.claim->play;
  const std::string stack =
      side.stack.empty() && play.stacks.size() == 1 ? play.stacks.front() : side.stack;
  const auto found = experiment.plays.find({side.metric, stack, side.at});
  if (found == experiment.plays.end())
    throw std::invalid_argument(
        fmt::format("no point of the play is {} {} at '{}'", stack, side.metric, side.at));
  return found->second;
}

/// A row that names a measured set, a stack and a metric, apart.
std::array<std::string, 3> parts_of(const std::string& row) {
  const auto first = row.find('/'), last = row.rfind('/');
  return {row.substr(0, first), row.substr(first + 1, last - first - 1), row.substr(last + 1)};
}

MeasuredSample measured_of(const std::string& row, const Catalog& catalog) {
  const auto [set, stack, metric] = parts_of(row);
  Issues issues;
  const auto file = catalog.home / "results" / "measured" / set / "rows.csv";
  const auto rows = read_records(file, file.string(), issues);
  if (!issues.empty()) throw std::invalid_argument(print(issues.front()));
  return measured_sample(rows, stack, metric);
}

/// Every number that the cells of a claim rest on.
std::vector<Sourced<Quantity>> numbers_of(const Played& played) {
  std::vector<Sourced<Quantity>> out;
  std::set<const void*> seen;
  for (const CellResult& cell : played.cells) {
    if (seen.insert(cell.files.stack).second)
      for (const NamedNumber& n : numbers(*cell.files.stack)) out.push_back(n.number);
    if (seen.insert(cell.files.machine).second)
      for (const auto& crossing : cell.files.machine->crossings) out.push_back(erase(crossing));
    if (cell.files.workload && seen.insert(cell.files.workload).second) {
      for (const auto& [op, n] : cell.files.workload->ops) out.push_back(erase(n));
      out.push_back(erase(cell.files.workload->batch));
    }
  }
  return out;
}

void enough(const ClaimFile& claim, int trials, const char* key) {
  if (trials >= kLeastTrials) return;
  throw WrongInput(Issues{{claim.place, fmt::format("{}.{}.trials", claim.id, key),
                           fmt::format("a claim is decided by {} draws or more", kLeastTrials)}});
}

std::vector<const Side*> sides_of(const Rule& rule) {
  return {&rule.of, &rule.to, &rule.than_of, &rule.than_to, &rule.of_each, &rule.to_each};
}

}  // namespace

Experiment play_claim(const ClaimFile& claim, Catalog& catalog, int jobs) {
  Experiment out;
  out.claim = &claim;
  if (!claim.play.kind.empty()) {
    enough(claim, claim.play.trials, "play");
    Progress progress(claim.id, claim.play.trials + 1);
    try {
      out.plays = play_all(claim.play, catalog, jobs, [&](int done) { progress.done(done); });
    } catch (const std::invalid_argument& mistake) {
      throw WrongInput(Issues{{claim.play.place, claim.id + ".play", mistake.what()}});
    }
    out.numbers = numbers_of(claim.play, catalog);
  }
  if (!claim.experiment.stacks.empty()) {
    enough(claim, claim.experiment.trials, "run");
    const auto cells = cells_of(catalog, claim.experiment, nullptr);
    Progress progress(claim.id, static_cast<int>(cells.size()) * (claim.experiment.trials + 1));
    out.cells = play(claim.experiment, cells, catalog.published, jobs,
                     [&](int done, int) { progress.done(done); });
    for (const CellResult& cell : out.cells.cells)
      if (!cell.failures.empty()) throw std::runtime_error(claim.id + ": " + cell.failures.front());
    out.numbers = numbers_of(out.cells);
  }
  return out;
}

Sample look_up(const Side& side, const Experiment& experiment, const Catalog& catalog) {
  if (is_measured(side)) return measured_of(side.row, catalog).sample;
  if (!side.row.empty()) {
    const auto row = catalog.published.rows.find(side.row);
    if (row == catalog.published.rows.end())
      throw std::invalid_argument(fmt::format("'{}' is no published row", side.row));
    return {row->second.value, {}};
  }
  if (!experiment.claim->play.kind.empty()) return of_play(side, experiment);
  const Answer& a = answer_of(side, cell_of(side, experiment.cells));
  return {a.value, a.draws};
}

bool is_measured(const Side& side) { return side.row.find('/') != std::string::npos; }

bool is_measured(const Rule& rule) {
  const auto sides = sides_of(rule);
  return std::any_of(sides.begin(), sides.end(), [](const Side* s) { return is_measured(*s); });
}

std::string not_comparable(const Rule& rule, const Catalog& catalog) {
  std::string before;
  for (const Side* side : sides_of(rule)) {
    if (!side->given) continue;
    if (!is_measured(*side))
      throw std::invalid_argument("holds what was measured against what was not");
    const MeasuredSample m = measured_of(side->row, catalog);
    if (m.rows < 2) return fmt::format("one undisturbed row of {} has no interval", side->row);
    const std::string kind = m.accel + ", " + m.clock;
    if (!before.empty() && kind != before) return before + " against " + kind;
    before = kind;
  }
  return "";
}

/// What an undetermined part hangs on: the parameters that carry the spread at its open points.
void name_parameters(const Experiment& experiment, Verdict& part) {
  const std::uint64_t seed = experiment.claim->play.kind.empty() ? experiment.claim->experiment.seed
                                                                 : experiment.claim->play.seed;
  if (part.word != "undetermined" || !part.missing.empty()) return;
  for (const PointResult& point : part.points) {
    if (point.holds >= kSure || point.holds <= 1 - kSure) continue;
    for (const Influence& i :
         influences(experiment.numbers, point.sample.draws, seed, kMostParameters)) {
      const std::string text =
          fmt::format("{} ({}, {:.0f} % of the spread)", i.id, name(i.evidence), 100 * i.share);
      if (std::find(part.needs.begin(), part.needs.end(), text) == part.needs.end())
        part.needs.push_back(text);
    }
    return;  // of the first open point
  }
}

}  // namespace strata
