#include "models/claims/rule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

namespace strata {

const std::map<std::string, RuleKind>& rule_kinds() {
  static const std::map<std::string, RuleKind> kKinds = [] {
    std::map<std::string, RuleKind> kinds;
    for (RuleKind& kind :
         std::vector<RuleKind>{value_rule(), ratio_rule(), change_rule(), mix_rule()})
      kinds.emplace(kind.id, std::move(kind));
    return kinds;
  }();
  return kKinds;
}

namespace {

const std::vector<std::string> kAxes = {"stack",    "machine", "workload",
                                        "parallel", "burst",   "instances"};

const Side& named(const Rule& rule, const std::string& side) {
  if (side == "of") return rule.of;
  if (side == "to") return rule.to;
  if (side == "than_of") return rule.than_of;
  if (side == "than_to") return rule.than_to;
  if (side == "of_each") return rule.of_each;
  return rule.to_each;
}

void check_rule(const Rule& rule, const ClaimFile& claim, Issues& issues) {
  const auto complain = [&](const std::string& key, const std::string& message) {
    issues.push_back({rule.place, "rule." + key, message});
  };
  if (rule.kind.empty() || rule.kind == "missing") return;
  const auto kind = rule_kinds().find(rule.kind);
  if (kind == rule_kinds().end()) {
    std::vector<std::string> known = {"missing"};
    for (const auto& entry : rule_kinds()) known.push_back(entry.first);
    return complain("kind",
                    fmt::format("'{}' is no kind of rule{}", rule.kind, suggest(rule.kind, known)));
  }
  for (const std::string& side : kind->second.sides)
    if (!named(rule, side).given)
      complain(side, fmt::format("is missing: a rule of kind {} has {}", rule.kind,
                                 fmt::join(kind->second.sides, ", ")));
  if (rule.kind == "mix" && (rule.per.empty() || rule.each.empty()))
    complain("per", "and each are needed by a mix: how many, and of what");
  std::vector<std::string> axes = kAxes;
  if (!claim.play.kind.empty()) axes.push_back(claim.play.along);
  if (!rule.along.empty() && std::find(axes.begin(), axes.end(), rule.along) == axes.end())
    complain("along", fmt::format("'{}' is no axis{}", rule.along, suggest(rule.along, axes)));
  else if (points_of(rule, claim).empty())
    complain("along", fmt::format("'{}' has no value in this experiment", rule.along));
}

}  // namespace

void check_rules(const ClaimFile& claim, Issues& issues) {
  for (const Rule& rule : claim.rules) check_rule(rule, claim, issues);
}

std::vector<Point> points_of(const Rule& rule, const ClaimFile& claim) {
  const Scenario& experiment = claim.experiment;
  std::vector<Point> out;
  const auto texts = [&](const std::vector<std::string>& axis) {
    for (const std::string& value : axis)
      if (rule.along != "stack" || value != rule.to.stack) out.push_back({value, {}});
  };
  const auto numbers = [&](const auto& axis) {
    for (const auto value : axis)
      out.push_back({fmt::format("{:g}", static_cast<double>(value)), static_cast<double>(value)});
  };
  if (!rule.per.empty()) {
    numbers(rule.per);
    return out;
  }
  if (rule.along.empty()) return {{}};
  const bool plays = !claim.play.kind.empty();
  if (plays && rule.along == claim.play.along) {
    texts(claim.play.ways);
    numbers(claim.play.values);
    // The one that the others are held against is no point of its own.
    std::erase_if(out,
                  [&](const Point& p) { return !rule.to.at.empty() && p.label == rule.to.at; });
  }
  if (rule.along == "stack") texts(plays ? claim.play.stacks : experiment.stacks);
  if (rule.along == "machine") texts(experiment.machines);
  if (rule.along == "workload") texts(experiment.workloads);
  if (rule.along == "parallel") numbers(experiment.parallel);
  if (rule.along == "burst") numbers(experiment.burst);
  if (rule.along == "instances") numbers(experiment.instances);
  return out;
}

Sample combine(const std::vector<Sample>& samples,
               const std::function<double(const std::vector<double>&)>& f) {
  std::vector<double> values;
  std::size_t draws = 0;
  for (const Sample& s : samples) {
    values.push_back(s.value);
    if (s.draws.empty()) continue;
    if (draws != 0 && draws != s.draws.size())
      throw std::invalid_argument("two numbers of one rule have different numbers of draws");
    draws = s.draws.size();
  }
  Sample out{f(values), {}};
  for (std::size_t i = 0; i < draws; ++i) {
    for (std::size_t j = 0; j < samples.size(); ++j)
      values[j] = samples[j].draws.empty() ? samples[j].value : samples[j].draws[i];
    out.draws.push_back(f(values));
  }
  return out;
}

Side at(Side side, const std::string& along, const Point& point) {
  const int number = static_cast<int>(point.number.value_or(0));
  if (along == "stack") side.stack = point.label;
  if (along == "machine") side.machine = point.label;
  if (along == "workload") side.workload = point.label;
  if (along == "parallel") side.parallel = number;
  if (along == "burst") side.burst = number;
  if (along == "instances") side.instances = number;
  if (!along.empty() && std::find(kAxes.begin(), kAxes.end(), along) == kAxes.end() &&
      side.at.empty())
    side.at = point.label;  // of the claim's own play; a side that names its point keeps it
  return side;
}

}  // namespace strata
