#include "models/study/claim_file.h"

#include <limits>

#include "models/study/reader.h"

namespace strata {
namespace {

Side read_side(Reader& rule, const std::string& key) {
  Side side;
  const Node* at = rule.find(key);
  if (!at) return side;
  Reader reader(*at, rule.issues());
  side.given = true;
  const auto text = [&](const char* name) { return reader.optional_text(name).value_or(""); };
  const auto whole = [&](const char* name) {
    return static_cast<int>(reader.optional_whole(name, 1).value_or(0));
  };
  side.metric = text("metric");
  side.statistic = text("statistic");
  side.stack = text("stack");
  side.machine = text("machine");
  side.workload = text("workload");
  side.at = text("at");
  side.row = text("row");
  side.parallel = whole("parallel");
  side.burst = whole("burst");
  side.instances = whole("instances");
  return side;
}

/// What a rule says once for all of its sides.
void fill_in(Side& side, const std::string& metric) {
  if (side.metric.empty()) side.metric = metric;
}

Rule read_rule(const Node& node, Issues& issues) {
  Reader reader(node, issues);
  Rule rule;
  rule.place = node.place;
  rule.kind = reader.text("kind");
  const std::string metric = reader.optional_text("metric").value_or("");
  struct Named {
    const char* key;
    Side* side;
  };
  for (const auto& [key, side] :
       {Named{"of", &rule.of}, Named{"to", &rule.to}, Named{"than_of", &rule.than_of},
        Named{"than_to", &rule.than_to}, Named{"of_each", &rule.of_each},
        Named{"to_each", &rule.to_each}}) {
    *side = read_side(reader, key);
    fill_in(*side, metric);
  }
  rule.above = reader.optional_number("above");
  rule.below = reader.optional_number("below");
  rule.along = reader.optional_text("along").value_or("");
  for (const std::int64_t n : reader.wholes("per", 1)) rule.per.push_back(static_cast<double>(n));
  rule.each = reader.optional_text("each").value_or("");
  rule.missing = reader.optional_text("missing").value_or("");
  rule.needs = reader.texts("needs");
  if (rule.kind == "missing") {
    if (rule.missing.empty()) reader.issue("missing", "says what would decide the claim");
  } else if (rule.above.has_value() == rule.below.has_value()) {
    reader.issue("above", "or below must be given, not both: the part holds above, or below, it");
  }
  return rule;
}

ClaimPlay read_play(const Node& node, Issues& issues) {
  Reader reader(node, issues);
  ClaimPlay play;
  play.place = node.place;
  play.kind = reader.text("kind");
  play.stacks = reader.texts("stack");
  play.machine = reader.text("machine");
  play.along = reader.text("along");
  play.ways = reader.texts("ways");
  for (const std::int64_t n : reader.wholes("values", 1))
    play.values.push_back(static_cast<double>(n));
  play.trials = static_cast<int>(reader.whole("trials", 0));
  play.seed = static_cast<std::uint64_t>(
      reader.optional_whole("seed", 0, std::numeric_limits<std::int64_t>::max()).value_or(1));
  reader.each("choices", [&](const std::string& key, const Node& at) {
    if (const auto* text = std::get_if<std::string>(&at.value))
      play.choices.emplace(key, *text);
    else
      reader.issue_at(at, "must be a name in quotes");
  });
  reader.each("numbers", [&](const std::string& key, const Node& at) {
    if (const auto number = read_number(at, issues)) play.numbers.emplace(key, *number);
  });
  if (play.stacks.empty()) reader.issue("stack", "is missing: at least one stack");
  if (play.ways.empty() == play.values.empty())
    reader.issue("ways", "or values must be given, not both: the points it is played at");
  return play;
}

}  // namespace

const std::vector<std::string>& verdict_words() {
  static const std::vector<std::string> kWords = {"supported", "refuted", "depends",
                                                  "undetermined"};
  return kWords;
}

ClaimFile read_claim(const Node& node, const std::string& id, Issues& issues) {
  Reader reader(node, issues);
  ClaimFile claim;
  claim.id = id;
  claim.place = node.place;
  claim.claim = reader.text("claim");
  claim.by = reader.text("by");
  const auto word = [&](const char* key, const std::vector<std::string>& known) {
    if (!reader.find(key)) reader.issue(key, "is missing" + suggest("", known));
    return reader.one_of(key, known).value_or("");
  };
  claim.evidence = word("evidence", {"measured", "simulated", "literature"});
  claim.expected = word("expected", verdict_words());
  claim.because = reader.text("because");
  if (reader.find("axes") || reader.find("run")) read_experiment(reader, node, claim.experiment);
  if (const Node* play = reader.find("play")) claim.play = read_play(*play, issues);
  claim.experiment.id = id;
  claim.experiment.question = claim.claim;
  claim.experiment.place = node.place;
  if (!claim.play.kind.empty() && !claim.experiment.stacks.empty())
    reader.issue("play", "stands beside [axes]: a claim plays cells of axes or a run of its own");
  const Node* rules = reader.find("rule");
  if (const auto* list = rules ? rules->list() : nullptr; list && !list->empty())
    for (const Node& rule : *list) claim.rules.push_back(read_rule(rule, issues));
  else
    reader.issue("rule", "is missing: at least one [[rule]] that decides the claim");
  return claim;
}

}  // namespace strata
