#include "models/claims/rule.h"

namespace strata {

RuleKind ratio_rule() {
  return {"ratio",
          "how many times `to` it is",
          {"of", "to"},
          [](const Rule& rule, const Point& point, const LookUp& look_up) {
            // Along stacks only the first side moves: each is held against the same other one.
            const bool stacks = rule.along == "stack";
            return combine({look_up(at(rule.of, rule.along, point)),
                            look_up(stacks ? rule.to : at(rule.to, rule.along, point))},
                           [](const auto& v) { return v[0] / v[1]; });
          }};
}

}  // namespace strata
