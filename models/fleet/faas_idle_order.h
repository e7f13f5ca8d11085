#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "models/fleet/evictions.h"
#include "models/study/placement.h"

namespace strata {

/// Idle instances in the order in which an eviction policy would end them, and what memory that
/// would free on each host. Without a policy it holds nothing and costs nothing.
class FaasIdleOrder {
 public:
  FaasIdleOrder(const EvictionPolicy& policy, std::size_t hosts) {
    if (!policy.make) return;
    policy_ = policy.make();
    idle_mib_.assign(hosts, 0);
  }

  bool evicts() const { return policy_ != nullptr; }

  /// `mib` is what a new instance would gain by its end.
  void add(std::uint32_t who, HostId host, std::uint32_t mib, const IdleInstance& instance) {
    if (who >= entries_.size()) entries_.resize(who + 1);
    entries_[who] = {policy_->priority(instance), ++count_, who, host, mib};
    order_.insert(entries_[who]);
    idle_mib_[host] += mib;
  }

  void remove(std::uint32_t who) {
    order_.erase(entries_[who]);
    idle_mib_[entries_[who].host] -= entries_[who].mib;
  }

  /// Whom to end so that `asked` MiB are free on one host: that of the lowest instance for which
  /// ending all idle ones would do; as few as it takes, the lowest first. Nobody if no host would.
  std::vector<std::uint32_t> victims(std::uint32_t asked,
                                     const std::vector<std::uint32_t>& free_mib,
                                     const std::vector<bool>& gone) {
    for (const Entry& lowest : order_) {
      const HostId host = lowest.host;
      if (gone[host] || free_mib[host] + idle_mib_[host] < asked) continue;
      std::vector<std::uint32_t> out;
      std::uint64_t free = free_mib[host];
      for (const Entry& e : order_) {
        if (free >= asked) break;
        if (e.host != host) continue;
        free += e.mib;
        out.push_back(e.who);
        policy_->evicted(e.priority);
      }
      return out;
    }
    return {};
  }

 private:
  struct Entry {
    double priority = 0;
    std::uint64_t since = 0;
    std::uint32_t who = 0;
    HostId host = kNoHost;
    std::uint32_t mib = 0;
    bool operator<(const Entry& other) const {
      return priority != other.priority ? priority < other.priority : since < other.since;
    }
  };

  std::unique_ptr<Eviction> policy_;
  std::set<Entry> order_;
  std::vector<Entry> entries_;           ///< by instance: what it is in the order as
  std::vector<std::uint64_t> idle_mib_;  ///< by host
  std::uint64_t count_ = 0;
};

}  // namespace strata
