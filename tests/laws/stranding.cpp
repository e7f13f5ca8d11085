// Is what a fleet strands counted right? By hand on two hosts, and against a count over every host
// after every change.

#include "models/fleet/stranding.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/fleet/churn.h"
#include "models/fleet/policies.h"

namespace strata {
namespace {

TEST(Stranding, ByHand) {
  // Two hosts of 4 cores and 10 MiB; shapes (1, 4) and (4, 4).
  const FleetShape fleet{{{4, 10}, {4, 10}}, {{1, 4}, {4, 4}}};
  // At 0 one core and 4 MiB until 10: 6 MiB and 3 cores left, nothing stranded.
  // At 2 another until 6: 2 MiB and 2 cores left, in which (1, 4) does not fit: stranded for 4.
  // At 20 all cores of host 0 until 25: 6 MiB stranded for 5.
  ListedVms vms({{0, 10, 0}, {2, 4, 0}, {20, 5, 1}});
  Stranding watch(fleet);
  const auto policy = first_fit().make(fleet);
  place(vms, fleet, *policy, nullptr, &watch);
  EXPECT_EQ(watch.stranded_ticks.cores, 4 * 2);
  EXPECT_EQ(watch.stranded_ticks.mib, 4 * 2 + 5 * 6);
  EXPECT_EQ(watch.used_ticks.cores, 10 + 4 + 5 * 4);
  EXPECT_EQ(watch.used_ticks.mib, 4 * (10 + 4 + 5));
  EXPECT_EQ(watch.most_used.cores, 4);
  EXPECT_EQ(watch.most_used.mib, 8);
  EXPECT_EQ(watch.stranded_at_peak.mib, 6);
  EXPECT_EQ(watch.most_hosts, 1U);
  EXPECT_EQ(watch.last, 25);
}

/// Looks at every host at every change.
class Count final : public FleetWatch {
 public:
  explicit Count(const FleetShape& fleet) : fleet_(fleet), free_(fleet.hosts) {}
  void changed(std::int64_t at, HostId host, const Capacity&, const Capacity& after) override {
    cores += now_cores_ * (at - last_);
    mib += now_mib_ * (at - last_);
    last_ = at;
    free_[host] = after;
    now_cores_ = now_mib_ = 0;
    for (const Capacity& free : free_)
      if (std::none_of(fleet_.shapes.begin(), fleet_.shapes.end(),
                       [&free](const Capacity& shape) { return fits(shape, free); }))
        now_cores_ += free.cores, now_mib_ += free.mib;
  }
  std::int64_t cores = 0, mib = 0;

 private:
  const FleetShape& fleet_;
  std::vector<Capacity> free_;
  std::int64_t last_ = 0, now_cores_ = 0, now_mib_ = 0;
};

TEST(Stranding, IsWhatLookingAtEveryHostCounts) {
  const FleetShape fleet = churn_fleet(100);
  const auto run = [&fleet](FleetWatch& watch) {
    ChurnVms source(100);
    const auto policy = best_fit().make(fleet);
    place(source, fleet, *policy, nullptr, &watch);
  };
  Stranding watch(fleet);
  Count count(fleet);
  run(watch);
  run(count);
  EXPECT_GT(watch.stranded_ticks.mib, 0);
  EXPECT_EQ(watch.stranded_ticks.cores, count.cores);
  EXPECT_EQ(watch.stranded_ticks.mib, count.mib);
}

}  // namespace
}  // namespace strata
