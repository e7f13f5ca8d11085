#pragma once

#include <cstdint>
#include <vector>

#include "models/fleet/place.h"

namespace strata {

/// How full a fleet was, and what of it could not be sold: what is free on hosts on which not one
/// of the shapes fits is stranded. So memory is stranded where all cores are taken (the case that
/// Li et al., "Pond", ASPLOS 2023, measure), and cores where the memory is.
class Stranding final : public FleetWatch {
 public:
  explicit Stranding(const FleetShape& fleet);
  void changed(std::int64_t at, HostId host, const Capacity& before,
               const Capacity& after) override;

  /// Cores and MiB.
  struct Amount {
    std::int64_t cores = 0, mib = 0;
  };
  Amount has;                        ///< the fleet in all
  Amount most_used;                  ///< of each the most at a time
  Amount stranded_at_peak;           ///< when most cores were in use, the first time
  Amount used_ticks;                 ///< added up over time
  Amount stranded_ticks;             ///< the same
  std::uint32_t most_hosts = 0;      ///< most hosts with something on them at a time
  std::int64_t begin = 0, last = 0;  ///< of the first and the last change

 private:
  void advance(std::int64_t at);
  bool closed(const Capacity& free) const;

  std::vector<Capacity> smallest_;  ///< shapes that no other shape is below
  std::vector<Capacity> hosts_;
  Amount used_, stranded_;
  std::uint32_t in_use_ = 0;
  bool started_ = false;
};

}  // namespace strata
