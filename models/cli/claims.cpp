#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "models/cli/claim_experiment.h"
#include "models/cli/command.h"
#include "models/cli/text_table.h"

namespace strata {
namespace {

struct Decided {
  const ClaimFile* claim;
  Verdict verdict;
  std::vector<Verdict> parts;
};

[[noreturn]] void wrong(const ClaimFile& claim, const Rule& rule, const std::string& message) {
  throw WrongInput(Issues{{rule.place, claim.id + ".rule", message}});
}

Decided decide(const ClaimFile& claim, Catalog& catalog, int jobs) {
  const Experiment experiment = play_claim(claim, catalog, jobs);
  Decided out{&claim, {}, {}};
  for (const Rule& rule : claim.rules) {
    try {
      Verdict part;
      if (const std::string why = is_measured(rule) ? not_comparable(rule, catalog) : "";
          !why.empty()) {
        part.word = "not comparable";
        part.so_far = why;
      } else {
        part = decide(rule, points_of(rule, claim),
                      [&](const Side& s) { return look_up(s, experiment, catalog); });
      }
      if (!is_measured(rule)) name_parameters(experiment, part);
      out.parts.push_back(std::move(part));
    } catch (const std::invalid_argument& mistake) {
      wrong(claim, rule, mistake.what());
    }
  }
  out.verdict = together(out.parts);
  return out;
}

/// How a part is known; its claim's kind unless it is measured.
std::string evidence_of(const ClaimFile& claim, std::size_t part) {
  return is_measured(claim.rules[part]) ? "measured" : claim.evidence;
}

/// All kinds of evidence that took part in the verdict.
std::string evidence_of(const Decided& d) {
  std::string text = d.claim->evidence;
  for (std::size_t i = 0; i < d.parts.size(); ++i)
    if (const std::string kind = evidence_of(*d.claim, i);
        d.parts[i].word != "not comparable" && text.find(kind) == std::string::npos)
      text += ", " + kind;
  return text;
}

std::string in_words(const Verdict& v) {
  if (v.word == "depends") return fmt::format("depends on {} ({})", v.on, v.crossover);
  return v.so_far.empty() ? v.word : fmt::format("{} ({})", v.word, v.so_far);
}

std::string side_words(const Side& s) {
  if (!s.row.empty()) return s.row;
  std::vector<std::string> words;
  for (const std::string& word : {s.stack, s.workload, s.machine, s.metric, s.statistic})
    if (!word.empty()) words.push_back(word);
  if (s.parallel > 0) words.push_back(fmt::format("{} in flight", s.parallel));
  if (s.burst > 0) words.push_back(fmt::format("burst of {}", s.burst));
  if (s.instances > 0) words.push_back(fmt::format("{} running", s.instances));
  if (!s.at.empty()) words.push_back(s.at);
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
                           evidence_of(d));
  for (std::size_t i = 0; i < d.parts.size(); ++i) {
    const Verdict& part = d.parts[i];
    if (!part.missing.empty()) {
      std::cout << fmt::format("  missing   {}\n", part.missing);
    } else {
      std::cout << fmt::format("  {:<10}{}: {}\n", is_measured(c.rules[i]) ? "measured" : "found",
                               rule_words(c.rules[i]), in_words(part));
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
                                {"evidence", evidence_of(d)},
                                {"parts", nlohmann::ordered_json::array()}};
  for (std::size_t i = 0; i < d.parts.size(); ++i) {
    nlohmann::ordered_json part = {
        {"rule", d.parts[i].missing.empty() ? rule_words(c.rules[i]) : d.parts[i].missing},
        {"evidence", evidence_of(c, i)},
        {"verdict", d.parts[i].word},
        {"so_far", d.parts[i].so_far},
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
      check_play(*claims.back(), catalog, issues);
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
