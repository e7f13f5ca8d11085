#pragma once

#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "models/base/random.h"
#include "models/base/sourced.h"

namespace strata {

/// Which values the parameters take: trial 0 takes every one as stated, each other trial draws it
/// from its range. The draw depends on seed, trial and the number's id alone, so that a layer two
/// stacks share has the same value in both, and what they have in common cancels.
///
/// With `latin` n > 0 the trials 1 .. n are a Latin hypercube: each number takes one value from
/// each n-th of its distribution, in an order of its own (McKay et al., Technometrics 1979). Trial
/// n + i repeats the parameters of trial i.
struct Draws {
  std::uint64_t seed = 1;
  int trial = 0;
  int latin = 0;

  template <class T>
  double operator()(const Sourced<T>& n) const {
    return of(n.value.value, n.low.value, n.high.value, n.id);
  }

 private:
  double of(double value, double low, double high, const std::string& id) const {
    if (trial == 0 || value == 0 || low == high) return value;
    const int set = latin > 0 ? 1 + (trial - 1) % latin : trial;
    Stream stream(seed + static_cast<std::uint64_t>(set) * 0x9E3779B97F4A7C15ULL, id);
    const double u = stream.uniform();
    return two_piece_quantile(value, low, high, latin > 0 ? (stratum(set, id) + u) / latin : u);
  }

  /// Which n-th of this number's distribution a set of the hypercube takes, from 0.
  int stratum(int set, const std::string& id) const {
    std::vector<int> order(static_cast<std::size_t>(latin));
    std::iota(order.begin(), order.end(), 0);
    Stream stream(seed, id + "/strata");
    for (std::size_t left = order.size(); left > 1; --left)
      std::swap(order[left - 1], order[static_cast<std::size_t>(stream.bits() % left)]);
    return order[static_cast<std::size_t>(set - 1)];
  }
};

}  // namespace strata
