#pragma once

#include <vector>

namespace strata {

/// What a closed network does with so many customers in it.
struct Loaded {
  double rate = 0;     ///< completions a second
  double latency = 0;  ///< mean time of one round, ns
};

/// Customers go round stations that serve one at a time, with these demands a round (ns), and a
/// delay that holds all of them at once: exact mean value analysis (Reiser & Lavenberg, J. ACM
/// 1980). Exact for exponential service; with one customer for any. Precondition: customers >= 1
/// and some demand or the delay is positive.
Loaded closed_network(const std::vector<double>& demands, double delay, int customers);

}  // namespace strata
