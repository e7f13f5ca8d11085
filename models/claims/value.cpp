#include "models/claims/rule.h"

namespace strata {

RuleKind value_rule() {
  return {"value",
          "the number itself, in its metric's unit",
          {"of"},
          [](const Rule& rule, const Point& point, const LookUp& look_up) {
            return look_up(at(rule.of, rule.along, point));
          }};
}

}  // namespace strata
