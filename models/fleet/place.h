#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "models/study/placement.h"

namespace strata {

/// A virtual machine asks for a host. Times are whole ticks of the caller's choice (ms in
/// FLEET-CHURN), counted from the start.
struct VmRequest {
  std::int64_t at = 0;
  std::int64_t life = 0;
  std::uint32_t shape = 0;  ///< index into FleetShape::shapes
};

/// Requests in order of time, one at a time, so that memory does not grow with their number.
class VmSource {
 public:
  virtual ~VmSource() = default;
  virtual bool next(VmRequest& out) = 0;  ///< false: there are no more
};

/// A source that is a list.
class ListedVms final : public VmSource {
 public:
  explicit ListedVms(std::vector<VmRequest> list) : list_(std::move(list)) {}
  bool next(VmRequest& out) override {
    if (at_ == list_.size()) return false;
    out = list_[at_++];
    return true;
  }

 private:
  std::vector<VmRequest> list_;
  std::size_t at_ = 0;
};

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

/// Plays arrivals, placement and departures until the last virtual machine has left. At one time
/// departures come before arrivals, each in the order they were asked for; a machine that fits on
/// no host is rejected and not tried again. One thread; deterministic.
///
/// `hosts`, if given, is filled with each request's host or kNoHost.
///
/// Throws std::invalid_argument when requests are out of order or of an unknown shape, and
/// std::logic_error when the policy names a host on which the machine does not fit, or when, at
/// the end, something was lost: arrived = running + ended + rejected; what is free on each host and
/// what runs there is what it has; and the integrals of running cores and memory over time equal
/// the sum over machines of what each held as long as it lived.
FleetTotals place(VmSource& source, const FleetShape& fleet, Placement& policy,
                  std::vector<HostId>* hosts = nullptr);

}  // namespace strata
