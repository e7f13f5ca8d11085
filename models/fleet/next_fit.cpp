#include "models/fleet/fitting.h"
#include "models/fleet/policies.h"

namespace strata {
namespace {

class NextFit final : public Placement {
 public:
  explicit NextFit(const FleetShape& fleet) : fitting_(fleet) {}

  HostId choose(std::uint32_t shape) override {
    HostId host = host_of(fitting_.of(shape).first_from(last_));
    if (host == kNoHost) host = host_of(fitting_.of(shape).first());
    if (host != kNoHost) last_ = host;
    return host;
  }

  void changed(HostId host, const Capacity& before, const Capacity& after) override {
    fitting_.changed(host, before, after);
  }

 private:
  Fitting fitting_;
  HostId last_ = 0;
};

}  // namespace

PlacementPolicy next_fit() {
  return {"next-fit", "from the last host used onwards, round the fleet, the first that fits",
          [](const FleetShape& fleet) { return std::make_unique<NextFit>(fleet); }};
}

}  // namespace strata
