#pragma once

#include <string>
#include <vector>

#include "models/claims/play.h"
#include "models/claims/verdict.h"
#include "models/cli/play.h"

namespace strata {

/// What a claim played: cells of its axes, its own play, or neither.
struct Experiment {
  const ClaimFile* claim = nullptr;
  Played cells;
  Plays plays;
  std::vector<Sourced<Quantity>> numbers;  ///< that it rests on
};

/// Plays what the claim asks for. Throws WrongInput when it asks for what there is not, or for too
/// few draws to decide anything.
Experiment play_claim(const ClaimFile& claim, Catalog& catalog, int jobs);

/// The number that a side of a rule means. Throws std::invalid_argument when there is none.
Sample look_up(const Side& side, const Experiment& experiment, const Catalog& catalog);

/// Whether it means a row of results/measured: SET/STACK/METRIC.
bool is_measured(const Side& side);
bool is_measured(const Rule& rule);

/// Why the measured sides of a rule are not comparable (they differ in accel or clock, or one has
/// no interval); empty when they are. Throws std::invalid_argument when some are measured and
/// others are not.
std::string not_comparable(const Rule& rule, const Catalog& catalog);

/// What an undetermined part hangs on: the parameters that carry the spread at its first open
/// point.
void name_parameters(const Experiment& experiment, Verdict& part);

}  // namespace strata
