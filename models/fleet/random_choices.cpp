#include <stdexcept>

#include "models/base/random.h"
#include "models/fleet/policies.h"

namespace strata {
namespace {

/// Looks at a few hosts, so it needs no index: only what is free.
class RandomChoices final : public Placement {
 public:
  explicit RandomChoices(const FleetShape& fleet)
      : shapes_(fleet.shapes),
        free_(fleet.hosts),
        choices_(fleet.choices),
        draws_(fleet.seed, "placement.random-choices") {
    if (choices_ < 1) throw std::invalid_argument("random-choices looks at one host or more");
  }

  HostId choose(std::uint32_t shape) override {
    HostId best = kNoHost;
    if (free_.empty()) return best;
    for (int i = 0; i < choices_; ++i) {
      const auto host = static_cast<HostId>(draws_.uniform() * static_cast<double>(free_.size()));
      if (!fits(shapes_[shape], free_[host])) continue;
      if (best == kNoHost || free_[host].cores > free_[best].cores) best = host;
    }
    return best;
  }

  void changed(HostId host, const Capacity&, const Capacity& after) override {
    free_[host] = after;
  }

 private:
  std::vector<Capacity> shapes_;
  std::vector<Capacity> free_;
  int choices_;
  Stream draws_;
};

}  // namespace

PlacementPolicy random_choices() {
  return {"random-choices",
          "of a few hosts drawn at random (--choices), the one with most free cores on which it "
          "fits; rejected when it fits on none of them",
          [](const FleetShape& fleet) { return std::make_unique<RandomChoices>(fleet); }};
}

}  // namespace strata
