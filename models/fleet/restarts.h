#pragma once

#include <cstdint>

#include "models/fleet/histogram.h"
#include "models/fleet/outages.h"
#include "models/fleet/surface.h"

namespace strata {

/// Instances of one stack that should always run, on hosts that fail. Times in us.
struct RestartSpec {
  const Surface* surface = nullptr;
  std::size_t hosts = 1;
  std::uint32_t per_host = 1;  ///< instances on each at the beginning
  std::uint32_t room = 1;      ///< instances a host takes at most; memory may allow fewer
  std::uint32_t mib = 0;       ///< of each, beyond what the stack holds
  PlacementPolicy placement;   ///< of restarts
  OutageRates outages;
  std::int64_t span_us = 0;
  std::uint64_t seed = 1;
};

struct RestartTotals {
  std::uint64_t host_failures = 0, rack_failures = 0;
  std::int64_t hosts_down_us = 0;      ///< added up over hosts
  std::uint64_t lost = 0;              ///< instances that ran, or started, where a host failed
  std::uint64_t begun = 0;             ///< restarts
  std::uint64_t ended = 0, again = 0;  ///< of those; and those that a further failure cut short
  std::uint64_t waited = 0;            ///< lost with no room for them anywhere at first
  std::uint64_t starting = 0, waiting = 0;  ///< when the span ends
  std::uint32_t most_starting = 0;          ///< at a time
  Histogram back_us;                        ///< from the failure of an instance until it runs again
  Histogram storm_us;  ///< of each failure that took instances: until the last of them runs again
  std::int64_t instances_down_us = 0;  ///< added up over instances
};

/// Plays it. All instances of a host that fails are started elsewhere at that moment (how long it
/// takes to notice is not in it), where `placement` says, one after the other; each start goes at
/// the pace of the surface with what starts and runs on its host then. An instance for which there
/// is no room waits for a host to come back, in order. Where an instance was restarted it stays.
///
/// One thread; deterministic. Throws std::invalid_argument when so many instances do not fit, and
/// std::logic_error when something was lost: every instance runs, starts or waits; restarts begun
/// are those ended, cut short or going on; time down adds up.
RestartTotals play_restarts(const RestartSpec& spec);

}  // namespace strata
