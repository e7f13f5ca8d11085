#pragma once

#include <cstdint>

#include "models/fleet/tariffs.h"

namespace strata {

/// Functions that are called in bursts: a burst is calls one after the other, and bursts and the
/// gaps between them are exponential. A share of the functions has its bursts at the same times,
/// as those that one event wakes; the others each on their own.
struct BurstSpec {
  std::uint32_t functions = 500;
  double duty = 0.01;     ///< share of the time that calls of a function run
  double burst_s = 10;    ///< of a burst, mean; at least one call
  double call_s = 0.1;    ///< of a call, all alike
  double together = 0.1;  ///< share of the functions that burst together
  double reclaim_s = 10;  ///< an instance holds its memory so long after its last call
  double cycles = 50;     ///< bursts of each function, on average
  std::uint64_t seed = 1;
};

struct BurstUse {
  std::int64_t span_us = 0;
  FunctionUse all;          ///< of all functions, billed by the tariffs given
  double most_running = 0;  ///< functions with a call running, at most at once
  double most_loaded = 0;   ///< and with an instance that holds memory
  double mean_running = 0;
  double mean_loaded = 0;
};

/// Plays it. Deterministic. Throws std::invalid_argument for times that are not positive or a duty
/// outside (0, 1).
BurstUse play_bursts(const BurstSpec& spec, const std::vector<Tariff>& tariffs);

}  // namespace strata
