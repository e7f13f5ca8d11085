#include <algorithm>

#include "models/fleet/evictions.h"

namespace strata {
namespace {

class GreedyDual final : public Eviction {
 public:
  double priority(const IdleInstance& instance) const override {
    return clock_ + static_cast<double>(instance.calls) * instance.start_ns /
                        std::max<std::uint32_t>(1, instance.mib);
  }
  void evicted(double priority) override { clock_ = std::max(clock_, priority); }

 private:
  double clock_ = 0;
};

}  // namespace

/// Greedy-dual by size and frequency (Cherkasova, HPL-98-69), as FaasCache keeps functions (Fuerst
/// and Sharma, ASPLOS 2021): priority = clock + frequency times cost over size, the clock being the
/// priority of what went last.
EvictionPolicy evict_greedy_dual() {
  return {"greedy-dual", "what is called seldom, starts fast and holds much goes first",
          [] { return std::make_unique<GreedyDual>(); }};
}

}  // namespace strata
