#pragma once

#include <cstdint>
#include <vector>

#include "models/fleet/surface.h"
#include "models/study/placement.h"

namespace strata {

/// Starts in flight on the hosts of a fleet, by a boot surface.
///
/// A start is drawn a rank once. At every moment it goes on at the pace of a start of that rank in
/// the surface's conditions of that moment: of its latency with so many in flight and running, each
/// tick is that share done. So a start that is overtaken by a storm slows down when the storm comes
/// and speeds up as it passes, and with constant conditions the latencies are the surface's.
///
/// Times are whole ticks of the caller's; a finished start's latency is exact to a fraction of one.
/// Hosts without a start in flight cost 4 bytes each.
class Starts {
 public:
  using Time = std::int64_t;

  /// Something to come back for: due(event) at `at`. Of a host only the last one counts.
  struct Event {
    Time at = 0;
    HostId host = kNoHost;
    std::uint32_t stamp = 0;
  };
  struct Ended {
    std::uint64_t who = 0;
    Time begun = 0;
    double latency_ns = 0;
  };

  Starts(const BootSurface& surface, std::size_t hosts, double ns_per_tick)
      : surface_(surface), ns_per_tick_(ns_per_tick), group_of_(hosts, 0), groups_(1) {}

  /// `who` begins on a host where `running` instances run beside those in flight, and everything
  /// takes `stretch` times as long.
  Event begin(Time now, HostId host, std::uint64_t who, double rank, double running,
              double stretch = 1);
  /// What runs on the host has changed; an event only where starts are in flight (host kNoHost).
  Event changed(Time now, HostId host, double running, double stretch);
  /// Appends who has ended to `ended`. The next event of the host, or one without a host.
  Event due(const Event& event, std::vector<Ended>& ended);
  /// What starts on the host never ends: it failed.
  void lose(HostId host);

  std::uint32_t in_flight(HostId host) const {
    return static_cast<std::uint32_t>(groups_[group_of_[host]].starts.size());
  }

 private:
  struct Start {
    std::uint64_t who = 0;
    Time begun = 0;
    double rank = 0;
    double left = 1;   ///< share of it still to do
    double whole = 0;  ///< its latency under the present conditions, ticks
  };
  struct Group {
    std::vector<Start> starts;
    Time updated = 0;
    std::uint32_t stamp = 0;
    double running = 0, stretch = 1;
  };

  void advance(Group& group, Time now);
  void set_pace(Group& group);
  Event next(Group& group, HostId host);
  Group& group(HostId host);

  const BootSurface& surface_;
  double ns_per_tick_;
  std::vector<std::uint32_t> group_of_;  ///< 0: none in flight
  std::vector<Group> groups_;            ///< [0] stays empty
  std::vector<std::uint32_t> free_;
};

}  // namespace strata
