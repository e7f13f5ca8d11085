#include "models/fleet/by_free_cores.h"
#include "models/fleet/policies.h"

namespace strata {
namespace {

class WorstFit final : public Placement {
 public:
  explicit WorstFit(const FleetShape& fleet) : shapes_(fleet.shapes), hosts_(fleet) {}

  HostId choose(std::uint32_t shape) override {
    for (std::uint32_t cores = hosts_.most_cores() + 1; cores-- > shapes_[shape].cores;)
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

PlacementPolicy worst_fit() {
  return {"worst-fit", "the most free cores among those on which it fits, then the lowest number",
          [](const FleetShape& fleet) { return std::make_unique<WorstFit>(fleet); }};
}

}  // namespace strata
