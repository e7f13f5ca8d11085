#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "models/base/random.h"
#include "models/base/sourced.h"

namespace strata {

/// Which values the parameters take: trial 0 takes every one as stated, each other trial draws it
/// from its range. The draw depends on seed, trial and the number's id alone, so that a layer two
/// stacks share has the same value in both, and what they have in common cancels.
///
/// Numbers named in `values` take the values there instead, in their canonical units: a fit tries
/// them, and a sensitivity study holds or swaps them.
struct Draws {
  std::uint64_t seed = 1;
  int trial = 0;
  const std::map<std::string, double>* values = nullptr;

  template <class T>
  double operator()(const Sourced<T>& n) const {
    return of(n.value.value, n.low.value, n.high.value, n.id);
  }

 private:
  double of(double value, double low, double high, const std::string& id) const {
    if (values && !id.empty())
      if (const auto at = values->find(id); at != values->end()) return at->second;
    if (trial == 0 || value == 0 || low == high) return value;
    Stream stream(seed + static_cast<std::uint64_t>(trial) * 0x9E3779B97F4A7C15ULL, id);
    return two_piece_quantile(value, low, high, stream.uniform());
  }
};

}  // namespace strata
