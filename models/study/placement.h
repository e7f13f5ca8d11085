#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace strata {

/// What a host has, what is free on it, or what a virtual machine asks for.
struct Capacity {
  std::uint32_t cores = 0;
  std::uint32_t mib = 0;
  friend bool operator==(const Capacity&, const Capacity&) = default;
};

inline bool fits(const Capacity& asked, const Capacity& free) {
  return asked.cores <= free.cores && asked.mib <= free.mib;
}

/// A host's number in its fleet, from 0.
using HostId = std::uint32_t;
inline constexpr HostId kNoHost = UINT32_MAX;

/// What a placement policy is told before the first arrival. All hosts are empty then.
struct FleetShape {
  std::vector<Capacity> hosts;   ///< what each has
  std::vector<Capacity> shapes;  ///< what the virtual machines may ask for
  std::uint64_t seed = 1;        ///< of policies that draw
  int choices = 2;               ///< hosts looked at by policies that look at a few
};

/// Chooses hosts. It keeps whatever index it wants of what is free; the engine tells each change.
class Placement {
 public:
  virtual ~Placement() = default;
  /// A host on which shapes[shape] fits, or kNoHost. The engine throws if it does not fit.
  virtual HostId choose(std::uint32_t shape) = 0;
  /// What is free on `host` has changed.
  virtual void changed(HostId host, const Capacity& before, const Capacity& after) = 0;
};

/// A policy people can name. The project's are in models/fleet; a plug-in in workloads/ adds its
/// own to Catalog::policies.
struct PlacementPolicy {
  std::string id;
  std::string about;
  std::function<std::unique_ptr<Placement>(const FleetShape&)> make;
};

}  // namespace strata
