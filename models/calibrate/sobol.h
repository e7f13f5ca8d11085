#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/base/sourced.h"

namespace strata {

/// Values of numbers by id, as Draws::values takes them.
using Values = std::map<std::string, double>;
using Numbers = std::map<std::string, Sourced<Quantity>>;

/// `n` sets of values drawn from the numbers' ranges: each number takes one value from each n-th of
/// its distribution, in an order of its own (Latin hypercube; McKay et al., Technometrics 1979).
/// A number's values depend on seed, n and its id alone, so that two stacks share what they share.
std::vector<Values> latin_hypercube(const Numbers& numbers, int n, std::uint64_t seed);

/// A number's part in an answer's variance.
struct SobolIndex {
  std::string id;
  double first_order = 0;  ///< Sobol index: share of the variance that goes when this one is known
};

/// First-order Sobol indices of `f` over the numbers' ranges by two samples of n and their columns
/// swapped (Saltelli et al., Comput. Phys. Commun. 181, 2010, estimator (b)), largest first. Their
/// standard error is about 1/sqrt(n). Numbers that change nothing at either end of their range are
/// left out.
std::vector<SobolIndex> first_order(const std::function<double(const Values&)>& f,
                                    const Numbers& numbers, int n, std::uint64_t seed);

/// P-values of several tests at once, corrected so that the chance of one false finding among all
/// of them stays below the level asked of each (Holm, Scand. J. Statist. 6, 1979).
std::vector<double> holm(const std::vector<double>& p);

}  // namespace strata
