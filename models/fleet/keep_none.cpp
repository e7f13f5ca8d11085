#include "models/fleet/keep_alives.h"

namespace strata {
namespace {

class None final : public KeepAlive {
 public:
  void idle(std::uint32_t, std::int64_t) override {}
  KeepAliveWindow window(std::uint32_t) const override { return {}; }
};

}  // namespace

KeepAlivePolicy keep_none() {
  return {"none", "an instance is unloaded when its call ends: every call is a cold start", 0,
          [](std::size_t, std::int64_t) { return std::make_unique<None>(); }};
}

}  // namespace strata
