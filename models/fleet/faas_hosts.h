#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/base/random.h"
#include "models/fleet/faas.h"
#include "models/fleet/host_clock.h"
#include "models/fleet/starts.h"

namespace strata {

/// The hosts of a fleet that serves functions: who gets a new instance, how
/// fast what runs there goes on, and what memory is free. Times in us.
///
/// progress() comes before what runs on a host changes, settled() or
/// begin_start() after it; the event they return, if it has a host, is to come
/// back to with ended_starts().
class FaasHosts {
 public:
  using Time = std::int64_t;

  /// The setup's surface must outlive it.
  FaasHosts(const FaasSetup& setup, const std::vector<Capacity>& shapes);

  /// A host for shapes[shape], one with a core to spare if there is one; or
  /// kNoHost.
  HostId choose(std::uint32_t shape);
  /// By host; those that are gone() count as full.
  const std::vector<std::uint32_t>& free_mib() const { return free_mib_; }
  const std::vector<bool>& gone() const { return gone_; }
  /// A host fails, and what starts on it never ends; or it is back.
  void set_gone(HostId host, bool gone);

  /// Takes a new instance's memory. Throws std::logic_error when it does not
  /// fit.
  void take_memory(HostId host, std::uint32_t mib);
  void free_memory(HostId host, std::uint32_t mib) { free_mib_[host] += mib; }

  void progress(HostId host, Time now);
  Starts::Event settled(HostId host, Time now);
  Starts::Event begin_start(HostId host, std::uint32_t who, Time now);
  Starts::Event ended_starts(const Starts::Event& event, std::vector<Starts::Ended>& ended) {
    return starts_.due(event, ended);
  }

  /// Cores in use in all, thousandths.
  std::int64_t cores_used() const { return used_; }
  Time virtual_time(HostId host) const { return clocks_[host].virtual_time; }
  /// Progress of all calls so far, virtual time, modulo 2^64.
  std::uint64_t progressed() const { return progressed_; }
  std::size_t size() const { return clocks_.size(); }

  std::vector<std::int64_t> starting, running;  ///< instances, by host
  Population population;

 private:
  void settle(HostId host);
  void tell(HostId host);
  std::int64_t demand_of(HostId host) const;
  double beside_starts(HostId host) const;
  double stretch(HostId host) const;

  const double fill_;
  const std::int64_t cores_, per_call_, per_start_, per_instance_micro_;
  Starts starts_;
  std::vector<HostClock> clocks_;
  std::vector<std::uint32_t> free_mib_;
  std::vector<Capacity> told_;  ///< to the policy
  std::vector<bool> dirty_;     ///< changed since
  std::vector<bool> gone_;      ///< failed and not back
  std::vector<HostId> changed_;
  Stream ranks_;
  std::unique_ptr<Placement> policy_;
  std::int64_t used_ = 0;
  std::uint64_t progressed_ = 0;
};

}  // namespace strata
