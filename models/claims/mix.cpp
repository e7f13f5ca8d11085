#include "models/claims/rule.h"

namespace strata {

// At the operation scale costs add up, so a fixed part and n operations beside it cost
// of + n of_each. Where the ratio of two such costs crosses the bound is the break-even.
RuleKind mix_rule() {
  return {"mix",
          "the ratio of work made of a fixed part and of `per` operations on either side",
          {"of", "to", "of_each", "to_each"},
          [](const Rule& rule, const Point& point, const LookUp& look_up) {
            const double n = point.number.value_or(0);
            return combine(
                {look_up(rule.of), look_up(rule.of_each), look_up(rule.to), look_up(rule.to_each)},
                [n](const auto& v) { return (v[0] + n * v[1]) / (v[2] + n * v[3]); });
          }};
}

}  // namespace strata
