#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/study/overlay.h"

namespace strata {

/// The quantile that each number of an overlay takes in each of n sets, of a Latin hypercube or of
/// plain trials, the sets as Draws counts them less one. Each number keeps the values it would have
/// alone; only their order changes, so that the normal scores of two numbers have the overlay's
/// correlation, or nearly so (Iman & Conover, Commun. Stat. Simul. Comput. 11, 1982). Correlations
/// that no numbers can have all at once, because small ones were left out, are replaced by the
/// nearest that can: eigenvalues below zero are cut off (Rebonato & Jaeckel, J. Risk 2, 2000).
std::map<std::string, std::vector<double>> quantiles_together(const Overlay& overlay,
                                                              std::uint64_t seed, int n,
                                                              bool latin = true);

}  // namespace strata
