#include "models/claims/rule.h"

namespace strata {

RuleKind change_rule() {
  return {"change",
          "the ratio of to `to`, over that of than_of to than_to",
          {"of", "to", "than_of", "than_to"},
          [](const Rule& rule, const Point& point, const LookUp& look_up) {
            const auto side = [&](const Side& s) { return look_up(at(s, rule.along, point)); };
            return combine({side(rule.of), side(rule.to), side(rule.than_of), side(rule.than_to)},
                           [](const auto& v) { return v[0] / v[1] / (v[2] / v[3]); });
          }};
}

}  // namespace strata
