#include "models/claims/verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace strata {
namespace {

bool keeps(const Rule& rule, double value) {
  return rule.above ? value > *rule.above : value < *rule.below;
}

PointResult result_at(const Rule& rule, const Point& point, const Sample& sample) {
  PointResult out{point, sample, keeps(rule, sample.value) ? 1.0 : 0.0};
  if (sample.draws.empty()) return out;
  const auto n = std::count_if(sample.draws.begin(), sample.draws.end(),
                               [&](double draw) { return keeps(rule, draw); });
  out.holds = static_cast<double>(n) / static_cast<double>(sample.draws.size());
  return out;
}

bool sure(const PointResult& r) { return r.holds >= kSure; }
bool fails(const PointResult& r) { return r.holds <= 1 - kSure; }

/// Where the stated values of two neighbours of a numeric axis cross the bound.
double between(const PointResult& a, const PointResult& b, double bound) {
  const double ya = std::log(a.sample.value / bound), yb = std::log(b.sample.value / bound);
  const double xa = std::log(*a.point.number), xb = std::log(*b.point.number);
  return std::exp(xa + (xb - xa) * ya / (ya - yb));
}

std::string labels(const std::vector<PointResult>& points, bool (*of)(const PointResult&)) {
  std::vector<std::string> names;
  for (const PointResult& p : points)
    if (of(p)) names.push_back(p.point.label);
  return fmt::format("{}", fmt::join(names, ", "));
}

bool open(const PointResult& r) { return !sure(r) && !fails(r); }

/// At which points it holds, fails and is open.
std::string by_point(const std::vector<PointResult>& points) {
  std::vector<std::string> parts;
  const auto say = [&](const char* words, bool (*of)(const PointResult&)) {
    if (std::any_of(points.begin(), points.end(), of))
      parts.push_back(fmt::format("{} {}", words, labels(points, of)));
  };
  say("holds for", sure);
  say("not for", fails);
  say("open for", open);
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string crossover(const Rule& rule, const std::vector<PointResult>& points) {
  const double bound = rule.above ? *rule.above : *rule.below;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const PointResult &a = points[i - 1], &b = points[i];
    if (a.point.number && b.point.number &&
        keeps(rule, a.sample.value) != keeps(rule, b.sample.value))
      return fmt::format("turns at {:.3g}", between(a, b, bound));
  }
  return by_point(points);
}

}  // namespace

Verdict decide(const Rule& rule, const std::vector<Point>& points, const LookUp& look_up) {
  Verdict out;
  if (rule.kind == "missing") {
    out.word = "undetermined";
    out.missing = rule.missing;
    out.needs = rule.needs;
    return out;
  }
  const RuleKind& kind = rule_kinds().at(rule.kind);
  for (const Point& point : points)
    out.points.push_back(result_at(rule, point, kind.measure(rule, point, look_up)));
  const auto all = [&](bool (*f)(const PointResult&)) {
    return std::all_of(out.points.begin(), out.points.end(), f);
  };
  const auto any = [&](bool (*f)(const PointResult&)) {
    return std::any_of(out.points.begin(), out.points.end(), f);
  };
  if (all(sure)) {
    out.word = "supported";
  } else if (all(fails)) {
    out.word = "refuted";
  } else if (any(sure) && any(fails)) {
    out.word = "depends";
    out.on = rule.per.empty() ? rule.along : rule.each;
    out.crossover = crossover(rule, out.points);
  } else {
    out.word = "undetermined";
    if (!all(open)) out.so_far = by_point(out.points);
  }
  return out;
}

Verdict together(const std::vector<Verdict>& parts) {
  Verdict out;
  const auto take = [&](const std::string& word) {
    for (const Verdict& part : parts)
      if (part.word == word) {
        if (out.word.empty()) out.word = word;
        out.missing += (out.missing.empty() ? "" : "; ") + part.missing;
        out.needs.insert(out.needs.end(), part.needs.begin(), part.needs.end());
        if (part.on.empty()) continue;
        out.on += (out.on.empty() ? "" : ", ") + part.on;
        out.crossover += (out.crossover.empty() ? "" : "; ") + part.crossover;
      }
    return !out.word.empty();
  };
  if (!(take("refuted") || take("undetermined") || take("depends") || take("supported")))
    out.word = "undetermined";  // nothing of it was comparable
  return out;
}

}  // namespace strata
