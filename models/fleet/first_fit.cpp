#include "models/fleet/fitting.h"
#include "models/fleet/policies.h"

namespace strata {
namespace {

class FirstFit final : public Placement {
 public:
  explicit FirstFit(const FleetShape& fleet) : fitting_(fleet) {}
  HostId choose(std::uint32_t shape) override { return host_of(fitting_.of(shape).first()); }
  void changed(HostId host, const Capacity& before, const Capacity& after) override {
    fitting_.changed(host, before, after);
  }

 private:
  Fitting fitting_;
};

}  // namespace

PlacementPolicy first_fit() {
  return {"first-fit", "the lowest host number on which it fits",
          [](const FleetShape& fleet) { return std::make_unique<FirstFit>(fleet); }};
}

}  // namespace strata
