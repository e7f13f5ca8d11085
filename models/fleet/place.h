#pragma once

#include <cstdint>
#include <vector>

#include "models/study/vm_trace.h"

namespace strata {

/// What came of a fleet's requests.
struct FleetTotals {
  std::uint64_t arrived = 0, placed = 0, rejected = 0, ended = 0;
  std::uint64_t running = 0;       ///< none at the end
  std::uint64_t peak_running = 0;  ///< most at a time
  /// Cores and memory of the running, added up over time (core-ticks and MiB-ticks).
  std::int64_t core_ticks = 0, mib_ticks = 0;
  /// 64-bit FNV-1a over the words (number of the request, host) of the placed, in order.
  std::uint64_t placement_hash = 0;
  std::uint64_t last_event = 0;  ///< tick of the last event
};

/// Is told of what place() does, in order of time.
class FleetWatch {
 public:
  virtual ~FleetWatch() = default;
  /// What is free on a host.
  virtual void changed(std::int64_t /*at*/, HostId /*host*/, const Capacity& /*before*/,
                       const Capacity& /*after*/) {}
  virtual void placed(const VmRequest& /*request*/, std::uint64_t /*number*/, HostId /*host*/) {}
  virtual void left(std::int64_t /*at*/, std::uint32_t /*shape*/, HostId /*host*/) {}
};

/// Plays arrivals, placement and departures until the last virtual machine has left. At one time
/// departures come before arrivals, each in the order they were asked for; a machine that fits on
/// no host is rejected and not tried again. One thread; deterministic.
///
/// `hosts`, if given, is filled with each request's host or kNoHost; `watch`, if given, is told of
/// every change.
///
/// Throws std::invalid_argument when requests are out of order or of an unknown shape, and
/// std::logic_error when the policy names a host on which the machine does not fit, or when, at
/// the end, something was lost: arrived = running + ended + rejected; what is free on each host and
/// what runs there is what it has; and the integrals of running cores and memory over time equal
/// the sum over machines of what each held as long as it lived.
FleetTotals place(VmSource& source, const FleetShape& fleet, Placement& policy,
                  std::vector<HostId>* hosts = nullptr, FleetWatch* watch = nullptr);

}  // namespace strata
