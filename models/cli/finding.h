#pragma once

#include <string>
#include <vector>

#include "models/cli/play.h"

namespace strata {

/// How often a drawn parameter set puts a below b, in (0, 1); the draws are paired by trial, so
/// what two stacks share cancels.
double probability_below(const Answer& a, const Answer& b);

/// A probability in words: a comparison whose sign flips within the parameters' ranges is
/// undetermined.
std::string verdict(double probability);

/// What the run shows in plain sentences: for boot, memory and requests the first and the last of
/// the stacks, by how much, and whether that holds within the parameters' ranges.
std::vector<std::string> findings(const Played& played);

}  // namespace strata
