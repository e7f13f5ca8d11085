#pragma once

#include <cstdint>
#include <vector>

#include "models/base/random.h"
#include "models/fleet/timers.h"
#include "models/study/placement.h"

namespace strata {

/// How often the hosts of a fleet, and the racks they stand in, go away, and for how long: mean
/// times, each time drawn from an exponential distribution. A time in service of 0: never.
struct OutageRates {
  double host_up_s = 0, host_down_s = 0;
  std::uint32_t rack_hosts = 1;  ///< hosts 0 .. n-1 are the first rack's, and so on
  double rack_up_s = 0, rack_down_s = 0;

  /// Whether anything ever fails.
  bool any() const { return host_up_s > 0 || rack_up_s > 0; }
};

/// Failures and repairs of hosts and racks in order of time, without end. A host is there when
/// neither it nor its rack is down, and each fails on its own, whatever the other does. So a host
/// is there for a share up / (up + down) of the time, times the same of its rack. Deterministic.
class Outages {
 public:
  using Time = std::int64_t;  ///< ticks of the caller's

  struct Change {
    Time at = 0;
    bool rack = false;          ///< a rack's, not one host's
    bool down = false;          ///< a failure, not a repair
    std::vector<HostId> hosts;  ///< those that are gone now, or are back, by it
  };

  /// Throws std::invalid_argument for times that are negative, a time in service without one to
  /// repair, and racks of no host.
  Outages(const OutageRates& rates, std::size_t hosts, double ticks_per_second, std::uint64_t seed);

  /// Time::max() when nothing ever fails.
  Time next_at() const { return next_.at; }
  const Change& next() const { return next_; }
  /// Goes on to the one after.
  void advance();

 private:
  using Unit = std::uint32_t;  ///< a host, or beyond those a rack
  Time after(Time now, double mean_s);
  void flip(HostId host, bool down);

  OutageRates rates_;
  std::size_t hosts_;
  double ticks_per_second_;
  Stream draws_;
  Timers<Unit> timers_;
  std::vector<bool> down_;             ///< by unit
  std::vector<std::uint8_t> reasons_;  ///< by host: how many of itself and its rack are down
  Change next_;
};

}  // namespace strata
