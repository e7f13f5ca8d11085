// Do two-level offers place what theory says? One framework that is offered everything is its inner
// policy; an interval, and a filter, is a wait that follows from renewal theory.

#include "models/fleet/offers.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/fleet/churn.h"
#include "models/fleet/policies.h"
#include "tests/laws/draw.h"

namespace strata {
namespace {

class Inner : public testing::TestWithParam<PlacementPolicy (*)()> {};

TEST_P(Inner, OneFrameworkWithoutIntervalIsItsInnerPolicy) {
  const PlacementPolicy policy = GetParam()();
  const FleetShape fleet = churn_fleet(50);
  ChurnVms alone(50), offered(50);
  const auto placement = policy.make(fleet);
  const FleetTotals expected = place(alone, fleet, *placement);
  const OfferTotals got = place_by_offers(offered, fleet, {1, 0, 0, 0, policy});
  EXPECT_EQ(got.fleet.placement_hash, expected.placement_hash);
  EXPECT_EQ(got.fleet.rejected, expected.rejected);
  EXPECT_EQ(got.fleet.peak_running, expected.peak_running);
  EXPECT_EQ(got.fleet.core_ticks, expected.core_ticks);
  EXPECT_EQ(got.wait.largest(), 0);
}
INSTANTIATE_TEST_SUITE_P(Policies, Inner,
                         testing::Values(first_fit, best_fit, worst_fit, least_allocated,
                                         dominant_share));

/// `count` Poisson arrivals of one core for `life`, each of a framework drawn from those named.
std::vector<VmRequest> poisson(int count, double gap, std::int64_t life,
                               std::vector<std::uint32_t> of) {
  Draw draw(7);
  std::vector<VmRequest> out;
  double clock = 0;
  for (int i = 0; i < count; ++i) {
    clock += draw.exponential(gap);
    out.push_back({std::llround(clock), life, 0,
                   of[static_cast<std::size_t>(draw.below(static_cast<int>(of.size())))]});
  }
  return out;
}

FleetShape roomy(std::size_t hosts) {
  FleetShape fleet;
  fleet.hosts.assign(hosts, {100, 100'000});
  fleet.shapes = {{1, 1}};
  return fleet;
}

TEST(Offers, WithRoomForAllTheWaitIsHalfTheInterval) {
  // Poisson arrivals see a round at a moment uniform over the interval.
  const FleetShape fleet = roomy(4);
  ListedVms vms(poisson(20'000, 300, 50, {0}));
  const OfferTotals t = place_by_offers(vms, fleet, {1, 1000, 0, 1'000'000, first_fit()});
  EXPECT_EQ(t.fleet.rejected, 0u);
  EXPECT_NEAR(t.wait.mean(), 500, 5 * 1000 / std::sqrt(12.0 * 20'000));
  EXPECT_LE(t.wait.largest(), 1000);
}

TEST(Offers, WhoRefusedWaitsUntilTheFilterEnds) {
  // Arrivals so rare that the fleet is empty and refused when one comes: offers come again only
  // every five intervals, and a request waits half of that.
  const FleetShape fleet = roomy(1);
  ListedVms vms(poisson(4000, 200'000, 1, {0}));
  const OfferTotals t = place_by_offers(vms, fleet, {1, 1000, 5000, 1'000'000, first_fit()});
  EXPECT_EQ(t.fleet.rejected, 0u);
  EXPECT_NEAR(t.wait.mean(), 2500, 5 * 5000 / std::sqrt(12.0 * 4000));
  EXPECT_LE(t.wait.largest(), 5000);
  EXPECT_GT(t.refused, t.fleet.placed);
}

TEST(Offers, AnIdleFrameworkTakesOffersFromOneThatWaits) {
  // One host, two frameworks, no filter: both have a share of 0, the first is offered it in every
  // round, and the second, which alone wants something, never is.
  const FleetShape fleet = roomy(1);
  ListedVms vms(poisson(100, 5000, 1, {1}));
  const OfferTotals none = place_by_offers(vms, fleet, {2, 1000, 0, 20'000, first_fit()});
  EXPECT_EQ(none.fleet.placed, 0u);
  // With a filter of one interval and more the first's refusal lets the second have the next.
  ListedVms again(poisson(100, 5000, 1, {1}));
  const OfferTotals some = place_by_offers(again, fleet, {2, 1000, 1500, 20'000, first_fit()});
  EXPECT_EQ(some.fleet.rejected, 0u);
}

TEST(Offers, TheSmallestDominantShareIsOfferedNext) {
  // Two hosts, both frameworks ask for a whole one at once: each gets one of them.
  FleetShape fleet;
  fleet.hosts.assign(2, {4, 100});
  fleet.shapes = {{4, 100}};
  ListedVms vms({{1, 5000, 0, 0}, {1, 5000, 0, 0}, {1, 5000, 0, 1}, {1, 5000, 0, 1}});
  const OfferTotals t = place_by_offers(vms, fleet, {2, 1000, 0, 3000, first_fit()});
  EXPECT_EQ(t.fleet.placed, 2u);
  EXPECT_EQ(t.fleet.rejected, 2u);
  EXPECT_EQ(t.fleet.core_ticks, 2 * 4 * 5000);
}

TEST(Offers, WhatCannotBeIsRefused) {
  const FleetShape fleet = roomy(1);
  ListedVms none({});
  EXPECT_THROW(place_by_offers(none, fleet, {0, 0, 0, 0, first_fit()}), std::invalid_argument);
  EXPECT_THROW(place_by_offers(none, fleet, {1, 10, 0, 0, first_fit()}), std::invalid_argument);
  EXPECT_THROW(place_by_offers(none, fleet, {1, 0, 0, 10, first_fit()}), std::invalid_argument);
  ListedVms unordered({{5, 1, 0, 0}, {4, 1, 0, 0}});
  EXPECT_THROW(place_by_offers(unordered, fleet, {1, 0, 0, 0, first_fit()}), std::invalid_argument);
}

}  // namespace
}  // namespace strata
