#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/base/sourced.h"
#include "models/study/scenario.h"

namespace strata {

/// Which number of a claim's experiment is meant: a cell of it, a metric and a statistic. What is
/// empty is the experiment's only one.
struct Side {
  bool given = false;
  std::string metric, statistic, stack, machine, workload;
  int parallel = 0, burst = 0, instances = 0;
  std::string at;   ///< of a claim's own play: the point of what it is played along
  std::string row;  ///< instead: a published row, by its id, or measured: SET/STACK/METRIC
};

/// What decides a claim, or a part of it. Kinds are in models/claims, a file each.
struct Rule {
  std::string kind;
  Side of, to;                  ///< the number, and what it is held against
  Side than_of, than_to;        ///< of kind change: the ratio that the first is held against
  Side of_each, to_each;        ///< of kind mix: what one more operation costs on either side
  std::optional<double> above;  ///< the part holds above it, or below it
  std::optional<double> below;
  std::string along;        ///< axis of the experiment along which it is asked; empty: one point
  std::vector<double> per;  ///< of kind mix: how many of the added operations
  std::string each;         ///< of kind mix: what that number counts
  std::string missing;      ///< of kind missing: what would decide it, and is not here
  std::vector<std::string> needs;  ///< of kind missing: the parameters it hangs on
  Place place;
};

/// What a claim plays that no cell of axes is: a run of the host or the fleet scale, of a kind in
/// models/claims, for each stack, each point and each draw of the numbers.
struct ClaimPlay {
  std::string kind;  ///< empty: it plays none
  std::vector<std::string> stacks;
  std::string machine;
  std::string along;                           ///< what the points are; a rule looks along this
  std::vector<std::string> ways;               ///< the points: ways of doing it,
  std::vector<double> values;                  ///< or how much of it
  std::map<std::string, std::string> choices;  ///< what the kind is told by name: a trace, costs
  std::map<std::string, Sourced<Quantity>> numbers;  ///< what it is told in numbers
  int trials = 0;
  std::uint64_t seed = 1;
  Place place;
};

/// Something somebody said without numbers, as an experiment with a rule that decides it.
struct ClaimFile {
  std::string id;
  std::string claim;     ///< in our own words
  std::string by;        ///< who said it, where
  std::string evidence;  ///< measured, simulated or literature
  std::string expected;  ///< a verdict's word, written before the first run
  std::string because;   ///< why it was expected
  Scenario experiment;   ///< without axes when it plays its own, or nothing
  ClaimPlay play;
  std::vector<Rule> rules;
  Place place;
};

ClaimFile read_claim(const Node& node, const std::string& id, Issues& issues);

/// The words of a verdict; "depends" is followed by what on.
const std::vector<std::string>& verdict_words();

}  // namespace strata
