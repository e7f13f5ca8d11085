#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "models/claims/influence.h"
#include "models/claims/verdict.h"
#include "models/cli/choose.h"
#include "models/cli/command.h"
#include "models/cli/play.h"
#include "models/cli/progress.h"
#include "models/cli/text_table.h"
#include "models/study/numbers.h"

namespace strata {
namespace {

/// With fewer draws, a share of 95 % of them is not known.
constexpr int kLeastTrials = 100;
constexpr std::size_t kMostParameters = 3;

struct Decided {
  const ClaimFile* claim;
  Verdict verdict;
  std::vector<Verdict> parts;
};

[[noreturn]] void wrong(const ClaimFile& claim, const Rule& rule, const std::string& message) {
  throw WrongInput(Issues{{rule.place, claim.id + ".rule", message}});
}

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

Sample look_up(const Side& side, const Played& played, const Published& published) {
  if (!side.row.empty()) {
    const auto row = published.rows.find(side.row);
    if (row == published.rows.end())
      throw std::invalid_argument(fmt::format("'{}' is no published row", side.row));
    return {row->second.value, {}};
  }
  const Answer& a = answer_of(side, cell_of(side, played));
  return {a.value, a.draws};
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

/// What an undetermined part hangs on: the parameters that carry the spread at its open points.
void name_parameters(const Played& played, Verdict& part) {
  if (part.word != "undetermined" || !part.missing.empty()) return;
  for (const PointResult& point : part.points) {
    if (point.holds >= kSure || point.holds <= 1 - kSure) continue;
    for (const Influence& i : influences(numbers_of(played), point.sample.draws,
                                         played.scenario.seed, kMostParameters)) {
      const std::string text =
          fmt::format("{} ({}, {:.0f} % of the spread)", i.id, name(i.evidence), 100 * i.share);
      if (std::find(part.needs.begin(), part.needs.end(), text) == part.needs.end())
        part.needs.push_back(text);
    }
    return;  // of the first open point
  }
}

Decided decide(const ClaimFile& claim, Catalog& catalog, int jobs) {
  Played played;
  played.scenario = claim.experiment;
  if (!claim.experiment.stacks.empty()) {
    if (claim.experiment.trials < kLeastTrials)
      throw WrongInput(
          Issues{{claim.place, claim.id + ".run.trials",
                  fmt::format("a claim is decided by {} draws or more", kLeastTrials)}});
    const auto cells = cells_of(catalog, claim.experiment, nullptr);
    Progress progress(claim.id, static_cast<int>(cells.size()) * (claim.experiment.trials + 1));
    played = play(claim.experiment, cells, catalog.published, jobs,
                  [&](int done, int) { progress.done(done); });
    for (const CellResult& cell : played.cells)
      if (!cell.failures.empty()) throw std::runtime_error(claim.id + ": " + cell.failures.front());
  }
  Decided out{&claim, {}, {}};
  for (const Rule& rule : claim.rules) {
    try {
      Verdict part = decide(rule, points_of(rule, claim.experiment),
                            [&](const Side& s) { return look_up(s, played, catalog.published); });
      name_parameters(played, part);
      out.parts.push_back(std::move(part));
    } catch (const std::invalid_argument& mistake) {
      wrong(claim, rule, mistake.what());
    }
  }
  out.verdict = together(out.parts);
  return out;
}

std::string in_words(const Verdict& v) {
  if (v.word == "depends") return fmt::format("depends on {} ({})", v.on, v.crossover);
  return v.word;
}

std::string side_words(const Side& s) {
  if (!s.row.empty()) return s.row;
  std::vector<std::string> words;
  for (const std::string& word : {s.stack, s.workload, s.machine, s.metric, s.statistic})
    if (!word.empty()) words.push_back(word);
  if (s.parallel > 0) words.push_back(fmt::format("{} in flight", s.parallel));
  if (s.burst > 0) words.push_back(fmt::format("burst of {}", s.burst));
  if (s.instances > 0) words.push_back(fmt::format("{} running", s.instances));
  return fmt::format("{}", fmt::join(words, " "));
}

std::string rule_words(const Rule& r) {
  const auto quotient = [](const Side& of, const Side& to) {
    return side_words(of) + " / " + side_words(to);
  };
  const auto mixed = [&](const Side& fixed, const Side& each) {
    return fmt::format("({} + n {})", side_words(fixed), side_words(each));
  };
  std::string text = quotient(r.of, r.to);
  if (r.kind == "value") text = side_words(r.of);
  if (r.kind == "change") text = fmt::format("({}) / ({})", text, quotient(r.than_of, r.than_to));
  if (r.kind == "mix")
    text = fmt::format("{} / {}, n = {},", mixed(r.of, r.of_each), mixed(r.to, r.to_each), r.each);
  return text +
         (r.above ? fmt::format(" above {:g}", *r.above) : fmt::format(" below {:g}", *r.below));
}

std::string point_words(const PointResult& p) {
  std::string text = p.point.label.empty() ? "" : p.point.label + ": ";
  text += compact(p.sample.value, 3);
  if (p.sample.draws.empty()) return text;
  auto sorted = p.sample.draws;
  std::sort(sorted.begin(), sorted.end());
  const auto quantile = [&](double q) {
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1) + 0.5)];
  };
  return text + fmt::format(" [{} .. {}], in {:.0f} % of the draws", compact(quantile(0.05), 3),
                            compact(quantile(0.95), 3), 100 * p.holds);
}

void print_text(const Decided& d) {
  const ClaimFile& c = *d.claim;
  std::cout << fmt::format("{}  {}\n  claim     {} ({})\n  expected  {}: {}\n  evidence  {}\n",
                           c.id, in_words(d.verdict), c.claim, c.by, c.expected, c.because,
                           c.evidence);
  for (std::size_t i = 0; i < d.parts.size(); ++i) {
    const Verdict& part = d.parts[i];
    if (!part.missing.empty()) {
      std::cout << fmt::format("  missing   {}\n", part.missing);
    } else {
      std::cout << fmt::format("  found     {}: {}\n", rule_words(c.rules[i]), in_words(part));
      for (const PointResult& p : part.points)
        std::cout << fmt::format("              {}\n", point_words(p));
    }
    for (const std::string& need : part.needs) std::cout << fmt::format("  hangs on  {}\n", need);
  }
  std::cout << "\n";
}

nlohmann::ordered_json to_json(const Decided& d) {
  const ClaimFile& c = *d.claim;
  nlohmann::ordered_json out = {{"id", c.id},
                                {"claim", c.claim},
                                {"by", c.by},
                                {"expected", c.expected},
                                {"verdict", d.verdict.word},
                                {"depends_on", d.verdict.on},
                                {"crossover", d.verdict.crossover},
                                {"evidence", c.evidence},
                                {"parts", nlohmann::ordered_json::array()}};
  for (std::size_t i = 0; i < d.parts.size(); ++i) {
    nlohmann::ordered_json part = {
        {"rule", d.parts[i].missing.empty() ? rule_words(c.rules[i]) : d.parts[i].missing},
        {"verdict", d.parts[i].word},
        {"hangs_on", d.parts[i].needs},
        {"points", nlohmann::ordered_json::array()}};
    for (const PointResult& p : d.parts[i].points)
      part["points"].push_back(
          {{"at", p.point.label}, {"value", p.sample.value}, {"holds", p.holds}});
    out["parts"].push_back(part);
  }
  return out;
}

}  // namespace

void add_claims(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand(
      "claims", "play what was claimed without numbers, and say what came of it");
  struct Options {
    std::vector<std::string> claims;
    int jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  command->add_option("CLAIM", o->claims, "ids (strata list claims) or files; none: all");
  command->add_option("--jobs,-j", o->jobs, "trials at a time; never changes a result")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_flag("--json", o->json, "for programs");
  command->callback([o, &home] {
    Catalog& catalog = home.catalog();
    Issues issues;
    const auto wanted = o->claims.empty() ? ids(catalog.claims) : o->claims;
    std::vector<const ClaimFile*> claims;  // all are looked up before the first is played
    for (const std::string& id : wanted) {
      claims.push_back(&claim_of(catalog, id));
      check_rules(*claims.back(), issues);
    }
    if (!issues.empty()) throw WrongInput(issues);
    // Printed at the end: a forked trial would print what is buffered here once more.
    std::vector<Decided> decided;
    for (const ClaimFile* claim : claims) decided.push_back(decide(*claim, catalog, o->jobs));
    if (o->json) {
      auto json = nlohmann::ordered_json::array();
      for (const Decided& d : decided) json.push_back(to_json(d));
      std::cout << json.dump(2) << "\n";
      return;
    }
    std::map<std::string, int> words;
    for (const Decided& d : decided) {
      ++words[d.verdict.word];
      print_text(d);
    }
    std::vector<std::string> counts;
    for (const std::string& word : verdict_words())
      counts.push_back(fmt::format("{} {}", words[word], word));
    std::cout << fmt::format("{} claims: {}\n", claims.size(), fmt::join(counts, ", "));
  });
}

}  // namespace strata
