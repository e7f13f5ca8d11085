#include "models/fleet/evictions.h"

namespace strata {
namespace {

class LeastRecentlyUsed final : public Eviction {
 public:
  double priority(const IdleInstance& instance) const override {
    return static_cast<double>(instance.now_us);
  }
};

}  // namespace

EvictionPolicy evict_lru() {
  return {"lru", "the instance that has been idle longest goes first",
          [] { return std::make_unique<LeastRecentlyUsed>(); }};
}

}  // namespace strata
