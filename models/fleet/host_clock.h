#pragma once

#include <algorithm>
#include <cstdint>

namespace strata {

/// A host's cores in virtual time: it passes as fast as real time while what runs asks for no more
/// than there is, and at the share of its pace that everything gets when it asks for more. So what
/// takes w of work ends when virtual time has passed by w, whatever comes and goes meanwhile.
struct HostClock {
  static constexpr int kShift = 14;  ///< virtual time in 2^-14 us
  static constexpr std::int64_t kOne = std::int64_t{1} << kShift;

  std::int64_t virtual_time = 0;
  std::int64_t updated = 0;  ///< us
  std::int64_t pace = kOne;  ///< of virtual time per us
  std::int64_t demand = 0;   ///< thousandths of a core, of all that runs

  void advance(std::int64_t now) {
    virtual_time += (now - updated) * pace;
    updated = now;
  }
  void set_demand(std::int64_t wanted, std::int64_t has) {
    demand = wanted;
    pace = wanted <= has ? kOne : std::max<std::int64_t>(1, has * kOne / wanted);
  }
};

}  // namespace strata
