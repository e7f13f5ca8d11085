#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/fleet/evictions.h"
#include "models/fleet/histogram.h"
#include "models/fleet/outages.h"
#include "models/fleet/population.h"
#include "models/fleet/surface.h"
#include "models/study/invocations.h"
#include "models/study/keep_alive.h"
#include "models/study/placement.h"

namespace strata {

/// A fleet that serves functions on one stack. Times in whole microseconds.
struct FaasSetup {
  const Surface* surface = nullptr;
  std::size_t hosts = 1;
  PlacementPolicy placement;
  KeepAlivePolicy keep_alive;
  std::int64_t keep_us = 0;  ///< the time the policy takes, if it takes one
  double cpu_share = 1;      ///< of a core a running call uses; the rest of its time it waits
  /// Share of a host's cores in use from which on it gets new instances only if
  /// all others have as much.
  double fill = 0.8;
  std::uint64_t seed = 1;
  OutageRates outages = {};
  EvictionPolicy eviction = {};
};

/// What came of a trace on it.
struct FaasTotals {
  std::uint64_t arrived = 0, ended = 0, rejected = 0;
  std::uint64_t cold = 0;      ///< calls that waited for a start
  std::uint64_t warm = 0;      ///< calls that found an instance loaded
  std::uint64_t prewarms = 0;  ///< instances loaded before a call asked for one
  std::uint64_t lost = 0;      ///< calls that ran, or waited for a start, on a host that failed
  std::uint64_t evicted = 0;   ///< idle instances ended to make room
  std::uint64_t host_failures = 0, rack_failures = 0;
  std::uint64_t failed = 0;    ///< instances on hosts that failed
  std::uint64_t restarts = 0;  ///< of those: begun elsewhere at once; for the others was no room
  Histogram restart_us;        ///< from the failure until they are loaded
  Histogram start_us;          ///< from the call to the begin of its execution; warm: 0
  Histogram cold_us;           ///< the same, of cold calls only
  Histogram stretch;           ///< execution over what it takes on an idle core, thousandths
  Histogram apps_cold;         ///< share of an application's calls that were cold, per mille
  Histogram cores;             ///< cores in use in all, every second, thousandths
  std::vector<std::int64_t> cores_by_hour;  ///< the same, added up hour by hour
  Holding peak,
      integral;  ///< memory's counts; counts times us until the last call's end
  std::int64_t most_instances = 0, most_hosts = 0;
  std::int64_t idle_us = 0;      ///< time instances were loaded with nothing to do, added up
  std::int64_t idle_mib_us = 0;  ///< and their functions' memory over it
  std::int64_t busy_us = 0;      ///< CPU time the calls asked for, on this stack
  double billed_gb_100ms_s = 0;  ///< GB-seconds, each call rounded up to 100 ms
  double billed_gb_1ms_s = 0;    ///< GB-seconds, each call rounded up to 1 ms
  std::int64_t last_us = 0;      ///< when the last call ended
};

/// A fleet to which calls come. A call runs on an idle instance of its
/// application, the one used last; else on a new one, which starts first. An
/// instance serves one call at a time. Functions of one application share its
/// instances, which hold the memory of all of them.
///
/// Cores are shared by what runs, starts and keeps house on a host: when all
/// ask for more than there is, each goes on at the same share of its pace. A
/// new instance goes where `placement` says, by the memory that is resident, to
/// a host with a core to spare below `fill` if there is one; where no memory is
/// left, idle instances make room as `eviction` says, or the call is rejected.
/// An application without a call for long scales to zero, as keep-alive says.
///
/// On a host that fails calls are lost and not tried again; its instances, idle
/// or not, are started elsewhere at that moment, one after the other, to wait
/// for calls as if they had just served one.
///
/// One thread; deterministic.
class Faas {
 public:
  /// The surface and the functions must outlive it.
  Faas(const std::vector<FunctionSpec>& functions, const FaasSetup& setup);
  ~Faas();
  Faas(Faas&&) noexcept;

  /// Throws std::invalid_argument when calls are out of order or of an unknown
  /// function.
  void call(const Invocation& call);

  /// Waits for the last call's end, then unloads everything. Throws
  /// std::logic_error when something was lost: arrived = ended + rejected +
  /// lost = cold + warm + rejected; the hosts are empty; the instances' time,
  /// and the progress of calls on the hosts' cores, are what their own times
  /// add up to.
  FaasTotals finish();

 private:
  class Platform;
  std::unique_ptr<Platform> platform_;
};

/// Plays every call of a trace.
FaasTotals serve(InvocationSource& source, const FaasSetup& setup);

}  // namespace strata
