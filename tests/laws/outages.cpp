// Do hosts and racks fail as often as they are said to, and does everything on them come back?
// Expected values are those of alternating renewal processes, or worked out by hand; intervals are
// five standard errors wide.

#include "models/fleet/outages.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/fleet/policies.h"
#include "models/fleet/restarts.h"

namespace strata {
namespace {

constexpr std::int64_t kSecond = 1'000'000, kHour = 3600 * kSecond;

/// Every start takes 100 ms, whatever else starts; hosts have 1 GiB, an instance takes 1 MiB.
Surface surface() {
  Surface s;
  s.boot = BootSurface({1, 2}, {0}, {{{100e6}}, {{100e6}}});
  s.memory.fixed = 0;
  s.memory.first = s.memory.marginal = 1 << 20;
  s.host_memory = 1 << 30;
  s.host_cores = 4;
  return s;
}

TEST(Outages, HostsFailAndAreThereAsRenewalTheorySays) {
  // 200 hosts, up 100 h and down 25 h on average, watched for 20,000 h: a cycle of 125 h, 160 of
  // them each. Availability is 100/125; its deviation, of exponential times, over n cycles is
  // sqrt(2 / n) a (1 - a).
  constexpr std::size_t kHosts = 200;
  constexpr std::int64_t kSpan = 20'000;  // ticks of an hour
  Outages outages({100 * 3600., 25 * 3600., 1, 0, 0}, kHosts, 1.0 / 3600, 3);
  std::vector<std::int64_t> down_since(kHosts, -1);
  std::int64_t down = 0, failures = 0, last = 0;
  for (; outages.next_at() <= kSpan; outages.advance()) {
    const Outages::Change& change = outages.next();
    ASSERT_GE(change.at, last);
    last = change.at;
    ASSERT_EQ(change.hosts.size(), 1u);
    const HostId host = change.hosts.front();
    ASSERT_EQ(change.down, down_since[host] < 0);
    if (change.down) {
      ++failures;
      down_since[host] = change.at;
    } else {
      down += change.at - down_since[host];
      down_since[host] = -1;
    }
  }
  for (const std::int64_t since : down_since)
    if (since >= 0) down += kSpan - since;
  const double cycles = kHosts * kSpan / 125.0;
  // The variance of a renewal count is that of a cycle over its mean squared, times the mean count.
  const double spread = std::sqrt(cycles * (100. * 100 + 25. * 25) / (125. * 125));
  // Hosts begin in service: on average a share of a cycle more than in the long run.
  EXPECT_NEAR(static_cast<double>(failures), cycles, 5 * spread + kHosts);
  const double there = 1 - static_cast<double>(down) / (kHosts * static_cast<double>(kSpan));
  EXPECT_NEAR(there, 100.0 / 125, 5 * std::sqrt(2 / cycles) * 0.8 * 0.2 + 0.001);
}

TEST(Outages, AHostIsThereWhenNeitherItNorItsRackIsDown) {
  // Availability of independent parts in series is the product: 0.8 of a host, 0.9 of its rack.
  constexpr std::size_t kHosts = 120;
  constexpr std::int64_t kSpan = 1'000'000;
  Outages outages({80, 20, 10, 90, 10}, kHosts, 1, 5);
  std::vector<std::int64_t> down_since(kHosts, -1);
  std::int64_t down = 0;
  for (; outages.next_at() <= kSpan; outages.advance())
    for (const HostId host : outages.next().hosts) {
      ASSERT_EQ(outages.next().down, down_since[host] < 0) << "told of what it was already";
      if (!outages.next().down) down += outages.next().at - down_since[host];
      down_since[host] = outages.next().down ? outages.next().at : -1;
    }
  for (const std::int64_t since : down_since)
    if (since >= 0) down += kSpan - since;
  // 12 racks of 10,000 cycles each: the rack's share is known to sqrt(2 / 120,000) * 0.09 = 0.0004.
  EXPECT_NEAR(1 - static_cast<double>(down) / (kHosts * static_cast<double>(kSpan)), 0.8 * 0.9,
              0.003);
}

TEST(Outages, WhatCannotBeIsRefused) {
  EXPECT_THROW(Outages({100, 0, 1, 0, 0}, 1, 1, 1), std::invalid_argument);
  EXPECT_THROW(Outages({-1, 1, 1, 0, 0}, 1, 1, 1), std::invalid_argument);
  EXPECT_THROW(Outages({1, 1, 0, 0, 0}, 1, 1, 1), std::invalid_argument);
  EXPECT_EQ(Outages({}, 5, 1, 1).next_at(), std::numeric_limits<std::int64_t>::max());
}

RestartSpec spec(const Surface& s) {
  RestartSpec out;
  out.surface = &s;
  out.hosts = 40;
  out.per_host = 10;
  out.room = 20;
  out.placement = least_allocated();
  out.outages = {100 * 3600., 3600., 10, 0, 0};
  out.span_us = 5000 * kHour;
  return out;
}

TEST(Restarts, EveryInstanceOfAFailedHostIsBackAfterItsStart) {
  const Surface s = surface();
  const RestartTotals t = play_restarts(spec(s));
  // 40 hosts for 5000 h, a failure each 101 h; that two of the same host overlap is impossible.
  EXPECT_NEAR(static_cast<double>(t.host_failures), 40 * 5000 / 101.0, 5 * std::sqrt(1980.0) + 40);
  EXPECT_EQ(t.lost, t.ended + t.again + t.starting) << "room for all: nobody waits";
  EXPECT_EQ(t.waited, 0u);
  // 100 ms each, whatever the number at once, but where the next host failed within those.
  EXPECT_NEAR(t.back_us.quantile(0.5), 100e3, 100e3 / 128);
  EXPECT_NEAR(t.back_us.quantile(0.99), 100e3, 100e3 / 128);
  EXPECT_NEAR(static_cast<double>(t.instances_down_us), 100e3 * static_cast<double>(t.lost),
              1e-3 * 100e3 * static_cast<double>(t.lost));
  EXPECT_NEAR(static_cast<double>(t.hosts_down_us) / (40.0 * 5000 * static_cast<double>(kHour)),
              1 / 101.0, 5 * std::sqrt(2 / 1980.0) / 101);
}

TEST(Restarts, ARacksInstancesWaitForRoomAndThenForTheRack) {
  // Two racks of two hosts, full: when one rack is down its instances have nowhere to go.
  const Surface s = surface();
  RestartSpec r = spec(s);
  r.hosts = 4;
  r.per_host = r.room = 10;
  r.outages = {0, 0, 2, 1000 * 3600., 3600.};
  r.span_us = 4000 * kHour;
  const RestartTotals t = play_restarts(r);
  ASSERT_GT(t.rack_failures, 0u);
  EXPECT_EQ(t.host_failures, 0u);
  EXPECT_EQ(t.waited, t.lost);
  EXPECT_GE(t.lost, 20u);
  // They are back 100 ms after the rack, or another that came back before; so none is sooner.
  EXPECT_GT(t.instances_down_us, static_cast<std::int64_t>(t.ended) * 100'000);
  EXPECT_EQ(t.most_starting % 20, 0u);
}

TEST(Restarts, AStormOnOneLockTakesAsLongAsTheSurfaceSays) {
  // Starts that queue for one lock: with n in flight each takes n times 100 ms. All ten instances
  // of a host begin at once on one other, and all are back after a second.
  Surface s = surface();
  s.boot = BootSurface({1, 10}, {0}, {{{100e6}}, {{1000e6}}});
  RestartSpec r = spec(s);
  r.hosts = 2;
  r.room = 40;
  r.outages = {1000 * 3600., 3600., 10, 0, 0};
  const RestartTotals t = play_restarts(r);
  ASSERT_GT(t.ended, 0u);
  EXPECT_NEAR(t.back_us.quantile(0), 1000e3, 1000e3 / 128);
}

TEST(Restarts, TheSameTwiceAndNotWithAnotherSeed) {
  const Surface s = surface();
  RestartSpec r = spec(s);
  const RestartTotals a = play_restarts(r), b = play_restarts(r);
  EXPECT_EQ(a.lost, b.lost);
  EXPECT_EQ(a.hosts_down_us, b.hosts_down_us);
  EXPECT_EQ(a.instances_down_us, b.instances_down_us);
  r.seed = 2;
  EXPECT_NE(play_restarts(r).hosts_down_us, a.hosts_down_us);
}

TEST(Restarts, MoreThanFitsIsRefused) {
  const Surface s = surface();
  RestartSpec r = spec(s);
  r.per_host = 21;
  EXPECT_THROW(play_restarts(r), std::invalid_argument);
}

}  // namespace
}  // namespace strata
