#include "models/fleet/by_free_cores.h"
#include "models/fleet/policies.h"

namespace strata {
namespace {

class BestFit final : public Placement {
 public:
  explicit BestFit(const FleetShape& fleet) : shapes_(fleet.shapes), hosts_(fleet) {}

  HostId choose(std::uint32_t shape) override {
    for (std::uint32_t cores = shapes_[shape].cores; cores <= hosts_.most_cores(); ++cores)
      if (const HostId host = hosts_.first(cores, shape); host != kNoHost) return host;
    return kNoHost;
  }

  void changed(HostId host, const Capacity& before, const Capacity& after) override {
    hosts_.changed(host, before, after);
  }

 private:
  std::vector<Capacity> shapes_;
  ByFreeCores hosts_;
};

}  // namespace

PlacementPolicy best_fit() {
  return {"best-fit", "the fewest free cores among those on which it fits, then the lowest number",
          [](const FleetShape& fleet) { return std::make_unique<BestFit>(fleet); }};
}

}  // namespace strata
