#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/study/claim_file.h"

namespace strata {

/// A number of an experiment: at stated parameters, and in each draw of them. Draws of two samples
/// with the same index have every number they share in common. A published number has no draws.
struct Sample {
  double value = 0;
  std::vector<double> draws;
};

/// One point of the axis a rule looks along; the only one when it looks along none.
struct Point {
  std::string label;
  std::optional<double> number;  ///< of a numeric axis
};

/// Finds a side's number; throws std::invalid_argument when the experiment does not hold it.
using LookUp = std::function<Sample(const Side&)>;

/// A way to make one number, to be held against the rule's bound, from the sides of a rule. One
/// file a kind.
struct RuleKind {
  std::string id;
  std::string about;
  std::vector<std::string> sides;  ///< which of the rule's sides must be given
  std::function<Sample(const Rule&, const Point&, const LookUp&)> measure;
};

RuleKind value_rule();   ///< the number itself, in its metric's unit
RuleKind ratio_rule();   ///< how many times `to` it is
RuleKind change_rule();  ///< that ratio over another one
RuleKind mix_rule();     ///< the ratio of work made of a fixed part and so many operations

/// All of them by id; `missing` beside them measures nothing.
const std::map<std::string, RuleKind>& rule_kinds();

/// What is wrong with a claim's rules before anything is played: kinds, sides, axes.
void check_rules(const ClaimFile& claim, Issues& issues);

/// The points of a rule: the values of the axis that it looks along, or of what the claim's own
/// play is played along, in the file's order (along stacks and ways without the one that the others
/// are held against); else one point without a name.
std::vector<Point> points_of(const Rule& rule, const ClaimFile& claim);

/// One number from several, draw by draw. Samples without draws go with every draw of the others.
Sample combine(const std::vector<Sample>& samples,
               const std::function<double(const std::vector<double>&)>& f);

/// The side at that point of the axis `along`.
Side at(Side side, const std::string& along, const Point& point);

}  // namespace strata
