#pragma once

#include "models/base/random.h"
#include "models/fleet/histogram.h"
#include "models/fleet/place.h"
#include "models/fleet/population.h"
#include "models/fleet/starts.h"
#include "models/fleet/timers.h"

namespace strata {

/// What virtual machines of one stack make of the hosts they are placed on: each starts as its
/// surface says and is idle from then on, each host's memory is the stack's ledger. A machine that
/// leaves while it starts goes on starting, as its host's work, but holds no memory any more.
///
/// 12 bytes a host and 4 a host whose starts overlap; nothing a machine.
class StackTenants final : public FleetWatch {
 public:
  /// A tick of the requests is so many ns.
  StackTenants(const Surface& surface, std::size_t hosts, double ns_per_tick, std::uint64_t seed);

  void placed(const VmRequest& request, std::uint64_t number, HostId host) override;
  void left(std::int64_t at, std::uint32_t shape, HostId host) override;
  /// Ends what is still starting. Throws std::logic_error if the books do not balance: every
  /// start ended, and the instances' time is what their lives add up to.
  void finish();

  const Population& population() const { return population_; }
  const Histogram& boots() const { return boots_; }  ///< latencies of all starts, ns
  /// If given, filled with each request's latency in ns.
  std::vector<double>* latencies = nullptr;

 private:
  void until(std::int64_t now);
  void take(const Starts::Event& event);

  const Surface& surface_;
  Population population_;
  Starts starts_;
  struct Due {
    HostId host;
    std::uint32_t stamp;
  };
  Timers<Due> timers_;
  std::vector<Starts::Ended> ended_;
  Stream ranks_;
  Histogram boots_;
  std::uint64_t begun_ = 0;
  std::int64_t promised_ = 0;
};

}  // namespace strata
