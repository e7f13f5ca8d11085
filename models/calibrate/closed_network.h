#pragma once

#include <vector>

namespace strata {

/// What a closed network does with so many customers in it.
struct Loaded {
  double rate = 0;     ///< completions a second
  double latency = 0;  ///< mean time of one round, ns
  /// Of each station: the share of arrivals that find it at work. Sees the network without the
  /// customer that arrives (Sevcik & Mitrani, J. ACM 1981).
  std::vector<double> found_busy;
};

/// Customers go round stations that serve one at a time, with these demands a round (ns), and a
/// delay that holds all of them at once: exact mean value analysis (Reiser & Lavenberg, J. ACM
/// 1980). Exact for exponential service; with one customer for any. Precondition: customers >= 1
/// and some demand or the delay is positive.
Loaded closed_network(const std::vector<double>& demands, double delay, int customers);

/// The same with more customers than one can count: the slowest station never waits. Precondition:
/// some demand is positive.
Loaded saturated(const std::vector<double>& demands);

}  // namespace strata
