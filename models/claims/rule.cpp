#include "models/claims/rule.h"

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
  return side;
}

}  // namespace strata
