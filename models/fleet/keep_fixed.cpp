#include "models/fleet/keep_alives.h"

namespace strata {
namespace {

class Fixed final : public KeepAlive {
 public:
  explicit Fixed(std::int64_t us) : us_(us) {}
  void idle(std::uint32_t, std::int64_t) override {}
  KeepAliveWindow window(std::uint32_t) const override { return {0, us_}; }

 private:
  std::int64_t us_;
};

}  // namespace

KeepAlivePolicy keep_fixed() {
  return {"fixed", "an instance stays for a time after its last call (10 min unless said)",
          std::int64_t{10} * 60 * 1'000'000,
          [](std::size_t, std::int64_t us) { return std::make_unique<Fixed>(us); }};
}

}  // namespace strata
