#pragma once

#include <cmath>
#include <cstdint>
#include <random>

namespace strata {

/// Draws for tests: the same numbers from every standard library.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : bits_(seed) {}

  /// In (0, 1), both excluded.
  double uniform() { return (static_cast<double>(bits_() >> 11) + 0.5) * 0x1p-53; }
  double exponential(double mean) { return -std::log(uniform()) * mean; }
  /// In 0 .. n - 1.
  int below(int n) { return static_cast<int>(uniform() * n); }

 private:
  std::mt19937_64 bits_;
};

}  // namespace strata
