#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/study/scenario.h"

namespace strata {

/// Which number of a claim's experiment is meant: a cell of it, a metric and a statistic. What is
/// empty is the experiment's only one.
struct Side {
  bool given = false;
  std::string metric, statistic, stack, machine, workload;
  int parallel = 0, burst = 0, instances = 0;
  std::string row;  ///< instead: a published row, by its id
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

/// Something somebody said without numbers, as an experiment with a rule that decides it.
struct ClaimFile {
  std::string id;
  std::string claim;     ///< in our own words
  std::string by;        ///< who said it, where
  std::string evidence;  ///< measured, simulated or literature
  std::string expected;  ///< a verdict's word, written before the first run
  std::string because;   ///< why it was expected
  Scenario experiment;   ///< without axes when the evidence is literature alone
  std::vector<Rule> rules;
  Place place;
};

ClaimFile read_claim(const Node& node, const std::string& id, Issues& issues);

/// The words of a verdict; "depends" is followed by what on.
const std::vector<std::string>& verdict_words();

}  // namespace strata
