#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace strata {

/// An instance that has just become idle, as a policy that may end it early sees it.
struct IdleInstance {
  std::int64_t now_us = 0;
  std::uint64_t calls = 0;  ///< of its application so far
  double start_ns = 0;      ///< what starting it again takes, nothing contending
  std::uint32_t mib = 0;    ///< what it holds, with what the stack holds under it
};

/// Which idle instances make room where a new one fits on no host.
class Eviction {
 public:
  virtual ~Eviction() = default;
  /// The instance with the lowest goes first; of equal ones the one that became idle first.
  virtual double priority(const IdleInstance& instance) const = 0;
  /// One of that priority went.
  virtual void evicted(double /*priority*/) {}
};

/// A policy people can name. None is one, too: then the call is rejected.
struct EvictionPolicy {
  std::string id;
  std::string about;
  std::function<std::unique_ptr<Eviction>()> make;  ///< empty: nothing is evicted
};

/// One file each.
EvictionPolicy evict_none();
EvictionPolicy evict_lru();
EvictionPolicy evict_greedy_dual();

/// All of them by id.
std::map<std::string, EvictionPolicy> eviction_policies();

}  // namespace strata
