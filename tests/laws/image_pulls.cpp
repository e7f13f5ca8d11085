// Do pulls take as long as the links allow? One host, a registry that is the bottleneck, a swarm
// against the best any schedule can do, lazy starts and rolling updates by hand.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/fleet/pulls.h"

namespace strata {
namespace {

constexpr std::int64_t kMs = 1'000'000;

/// Ten hosts, an image of ten chunks of 1000 bytes, 1000 bytes a ms a host.
PullSpec ten() {
  PullSpec spec;
  spec.hosts = 10;
  spec.bytes = 10'000;
  spec.chunk = 1000;
  spec.host_rate = 1e6;
  spec.registry_rate = 1e6;
  return spec;
}

std::int64_t last(const PullOutcome& out) {
  return *std::max_element(out.started.begin(), out.started.end());
}

TEST(Pulls, OneHostTakesBytesOverRate) {
  PullSpec spec = ten();
  spec.hosts = 1;
  EXPECT_EQ(last(pull(spec)), 10 * kMs);
  spec.registry_rate = 0.5e6;  // the slower of the two
  EXPECT_EQ(last(pull(spec)), 20 * kMs);
}

TEST(Pulls, ARegistryIsSharedByAllWhoPull) {
  PullSpec spec = ten();
  EXPECT_EQ(last(pull(spec)), 10 * 10 * kMs);
  spec.registry_rate = 5e6;
  EXPECT_EQ(last(pull(spec)), 2 * 10 * kMs);
  const PullOutcome out = pull(spec);
  EXPECT_EQ(out.registry_bytes, 100'000);
  EXPECT_EQ(out.peer_bytes, 0);
  // Served in turn: nobody ends before the others are nearly there.
  EXPECT_GE(*std::min_element(out.started.begin(), out.started.end()), 19 * kMs);
}

TEST(Pulls, WhatIsCachedIsNotFetched) {
  PullSpec spec = ten();
  spec.cached.assign(10, 0.8);
  const PullOutcome out = pull(spec);
  EXPECT_EQ(last(out), 10 * 2 * kMs);
  EXPECT_EQ(out.registry_bytes, 20'000);
}

TEST(Pulls, ALazyStartWaitsForWhatItReadsOnly) {
  PullSpec spec = ten();
  spec.needed = 0.1;
  const PullOutcome out = pull(spec);
  EXPECT_EQ(last(out), 10 * kMs);
  EXPECT_EQ(out.last_byte, 100 * kMs);
  EXPECT_EQ(out.registry_bytes, 100'000);
}

TEST(Pulls, ASwarmIsNoFasterThanAnyScheduleCanBeAndNotMuchSlower) {
  for (const std::uint32_t hosts : {1U, 7U, 31U, 127U}) {
    PullSpec spec = ten();
    spec.hosts = hosts;
    spec.bytes = 64'000;
    spec.peers = true;
    // M chunks from one server to N peers, one up and one down at a time: M - 1 + ceil(log2(N + 1))
    // rounds at best (Mundinger, Weber and Weiss, "Optimal scheduling of peer-to-peer file
    // dissemination", J. Scheduling 2008, with M >= 1 and equal rates, starting at round 1).
    const double best = 64 - 1 + std::ceil(std::log2(hosts + 1));
    const double rounds = static_cast<double>(last(pull(spec))) / kMs;
    EXPECT_GE(rounds, best) << hosts;
    EXPECT_LE(rounds, 2 * best) << hosts;  // one server alone takes hosts * 64
  }
}

TEST(Pulls, ARollingUpdateRestartsSoManyAtATime) {
  PullSpec spec = ten();
  spec.at_once = 1;
  spec.restart = 5 * kMs;
  PullOutcome out = pull(spec);
  EXPECT_EQ(last(out), 10 * (10 + 5) * kMs);
  EXPECT_EQ(out.most_down, 1U);
  EXPECT_EQ(out.started.front(), 15 * kMs);
  spec.at_once = 2;
  spec.registry_rate = 2e6;
  out = pull(spec);
  EXPECT_EQ(last(out), 5 * (10 + 5) * kMs);
  EXPECT_EQ(out.most_down, 2U);
}

TEST(Pulls, RatesAndSizesMustBePositive) {
  PullSpec spec = ten();
  spec.registry_rate = 0;
  EXPECT_THROW(pull(spec), std::invalid_argument);
  spec = ten();
  spec.bytes = 0;
  EXPECT_THROW(pull(spec), std::invalid_argument);
}

}  // namespace
}  // namespace strata
