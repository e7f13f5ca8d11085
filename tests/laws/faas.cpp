// Does a fleet that serves functions obey theory, and lose nothing? Expected values are worked out
// by hand or are those of queueing theory; intervals are five standard errors wide or wider.

#include "models/fleet/faas.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "models/fleet/host_clock.h"
#include "models/fleet/keep_alives.h"
#include "models/fleet/least_hosts.h"
#include "models/fleet/policies.h"
#include "tests/laws/draw.h"

namespace strata {
namespace {

constexpr std::int64_t kMs = 1000, kSecond = 1'000'000, kMinute = 60 * kSecond;

class Calls final : public InvocationSource {
 public:
  Calls(std::vector<FunctionSpec> functions, std::vector<Invocation> list)
      : functions_(std::move(functions)), list_(std::move(list)) {}
  const std::vector<FunctionSpec>& functions() const override { return functions_; }
  bool next(Invocation& out) override {
    if (at_ == list_.size()) return false;
    out = list_[at_++];
    return true;
  }

 private:
  std::vector<FunctionSpec> functions_;
  std::vector<Invocation> list_;
  std::size_t at_ = 0;
};

/// Every start takes 100 ms; hosts of `cores` and 1 GiB, of which the host keeps 64 MiB, what
/// instances share takes 100 MiB once, and each 20 MiB more.
Surface surface(int cores) {
  Surface s;
  s.boot = BootSurface({1, 2}, {0}, {{{100e6}}, {{100e6}}});
  s.memory.fixed = 64 << 20;
  s.memory.first = (64 + 100 + 20) << 20;
  s.memory.marginal = 20 << 20;
  s.host_memory = 1 << 30;
  s.host_cores = cores;
  return s;
}

FaasTotals play(const Surface& s, const KeepAlivePolicy& keep, std::int64_t us,
                std::vector<Invocation> list, std::vector<FunctionSpec> functions = {{"f", "", 12}},
                std::size_t hosts = 4) {
  Calls calls(std::move(functions), std::move(list));
  return serve(calls, {&s, hosts, first_fit(), keep, us, 1, 1, 1});
}

TEST(Faas, ColdWarmAndGoneByHand) {
  const Surface s = surface(4);
  // Starts at 0, runs 100 to 150 ms; is warm at 200, until 230 ms; gone 1 s after that; cold again.
  const FaasTotals t =
      play(s, keep_fixed(), kSecond,
           {{0, 50 * kMs, 0}, {200 * kMs, 30 * kMs, 0}, {2 * kSecond, 10 * kMs, 0}});
  EXPECT_EQ(t.arrived, 3u);
  EXPECT_EQ(t.cold, 2u);
  EXPECT_EQ(t.warm, 1u);
  EXPECT_EQ(t.ended, 3u);
  EXPECT_EQ(t.last_us, 2 * kSecond + 110 * kMs);
  // Loaded 0 to 1.23 s and 2 to 2.11 s; idle 150 to 200 ms and 230 ms to 1.23 s.
  EXPECT_EQ(t.integral.instances, 1340 * kMs);
  EXPECT_EQ(t.integral.function_mib, 12 * 1340 * kMs);
  EXPECT_EQ(t.idle_us, 1050 * kMs);
  EXPECT_EQ(t.busy_us, 90 * kMs);
  EXPECT_EQ(t.peak.bytes(s.memory, 1), (64 + 100 + 20 + 12) << 20);
  // 12 MiB = 0.012583 GB: 50 + 30 + 10 ms, or 3 times 100 ms.
  EXPECT_NEAR(t.billed_gb_1ms_s, 0.090 * 12 * 1048576 / 1e9, 1e-12);
  EXPECT_NEAR(t.billed_gb_100ms_s, 0.300 * 12 * 1048576 / 1e9, 1e-12);
}

TEST(Faas, CallsInExcessOfTheCoresShareThem) {
  const Surface s = surface(1);
  // Two apps on one core. The first runs alone from 100 to 150 ms, then at half pace: 50 ms of its
  // work are left, done at 250; the second has then 50 of its 100 ms, done at 300.
  const FaasTotals t = play(s, keep_none(), 0, {{0, 100 * kMs, 0}, {50 * kMs, 100 * kMs, 1}},
                            {{"a", "", 1}, {"b", "", 1}});
  EXPECT_NEAR(static_cast<double>(t.last_us), 300.0 * kMs, 5);
  EXPECT_NEAR(t.stretch.quantile(0.5), 1500, 10);
  EXPECT_EQ(t.most_hosts, 1);
}

TEST(Faas, WhatFindsNoMemoryIsRejectedAndCounted) {
  const Surface s = surface(64);
  // 1024 - 64 - 100 = 860 MiB for instances of 20 + 380 MiB, in steps of 32: two a host, 8 in all.
  std::vector<Invocation> list;
  for (int i = 0; i < 10; ++i) list.push_back({i, kSecond, 0});
  const FaasTotals t = play(s, keep_none(), 0, list, {{"f", "", 380}});
  EXPECT_EQ(t.rejected, 2u);
  EXPECT_EQ(t.most_instances, 8);
  EXPECT_EQ(t.most_hosts, 4);
}

TEST(Faas, FunctionsOfOneApplicationShareAnInstanceWithTheMemoryOfAll) {
  const Surface s = surface(4);
  const FaasTotals t = play(s, keep_fixed(), kMinute, {{0, kMs, 0}, {kSecond, kMs, 1}},
                            {{"f", "app", 10}, {"g", "app", 20}});
  EXPECT_EQ(t.cold, 1u);
  EXPECT_EQ(t.warm, 1u);
  EXPECT_EQ(t.peak.function_mib, 30);
}

TEST(Faas, ColdStartsOfPoissonCallsAreThoseOfTheirGaps) {
  // A short call is cold when the gap before it is longer than the instance is kept: exp(-rate T).
  const Surface s = surface(4);
  constexpr int kCalls = 40'000;
  constexpr double kGapUs = 60e6;
  Draw draw(11);
  std::vector<Invocation> list;
  double clock = 0;
  for (int i = 0; i < kCalls; ++i) {
    clock += draw.exponential(kGapUs);
    list.push_back({std::llround(clock), 1, 0});
  }
  const FaasTotals t = play(s, keep_fixed(), 90 * kSecond, list);
  const double p = std::exp(-90.0 / 60), error = std::sqrt(p * (1 - p) / kCalls);
  // A call within the 100 ms of a start finds none idle either; it is cold, too.
  EXPECT_NEAR(static_cast<double>(t.cold) / kCalls, p, 5 * error + 0.1 / 60);
}

TEST(Faas, InstancesAreThoseOfLittlesLaw) {
  // Without keep-alive every call has an instance for 100 ms of start and its own time.
  const Surface s = surface(64);
  constexpr int kCalls = 50'000;
  constexpr double kGapUs = 20e3, kMeanUs = 300e3;
  Draw draw(5);
  std::vector<Invocation> list;
  double clock = 0;
  for (int i = 0; i < kCalls; ++i) {
    clock += draw.exponential(kGapUs);
    list.push_back({std::llround(clock), std::llround(draw.exponential(kMeanUs)), 0});
  }
  const FaasTotals t = play(s, keep_none(), 0, list);
  const double mean = static_cast<double>(t.integral.instances) / static_cast<double>(t.last_us);
  EXPECT_NEAR(mean, (kMeanUs + 100e3) / kGapUs, 0.6);
  EXPECT_EQ(t.cold, static_cast<std::uint64_t>(kCalls));
}

TEST(Faas, OneSharedCoreIsAnMG1ProcessorSharingQueue) {
  // Warm instances on one core at a load of 0.7: the mean stretch is 1 / (1 - 0.7), whatever the
  // distribution of the work. Here it is uniform.
  const Surface s = surface(1);
  constexpr int kCalls = 100'000;
  Draw draw(3);
  std::vector<Invocation> list;
  double clock = 0;
  for (int i = 0; i < kCalls; ++i) {
    clock += draw.exponential(10e3 / 0.7);
    list.push_back({std::llround(clock), std::llround(20e3 * draw.uniform()), 0});
  }
  const FaasTotals t = play(s, keep_fixed(), 3600 * kSecond, list, {{"f", "", 12}}, 1);
  EXPECT_NEAR(t.stretch.mean() / 1000, 1 / 0.3, 0.15);
}

TEST(Faas, TheHistogramLoadsBeforeAPeriodicCallAndHoldsLessMemoryThanAWaitingTime) {
  const Surface s = surface(4);
  std::vector<Invocation> list;
  for (int i = 0; i < 100; ++i) list.push_back({i * 30 * kMinute, kMs, 0});
  const FaasTotals histogram = play(s, keep_histogram(), 0, list);
  const FaasTotals waiting = play(s, keep_fixed(), 31 * kMinute, list);
  const FaasTotals short_ = play(s, keep_fixed(), 10 * kMinute, list);
  EXPECT_EQ(short_.cold, 100u);
  EXPECT_EQ(waiting.cold, 1u);
  EXPECT_EQ(histogram.cold, 1u);
  EXPECT_GE(histogram.prewarms, 90u);
  // Idle times of 29 min 59.999 s are all in bin 29: loaded from 26.1 to 33 min, called after 30.
  EXPECT_LT(histogram.idle_us, waiting.idle_us / 4);
}

/// Three functions on one host with room for two instances of 400 MiB.
FaasTotals crowded(const EvictionPolicy& eviction, std::vector<Invocation> list) {
  static const Surface s = surface(64);
  Calls calls({{"a", "", 380}, {"b", "", 380}, {"c", "", 380}}, std::move(list));
  FaasSetup setup{&s, 1, first_fit(), keep_fixed(), 3600 * kSecond, 1, 1, 1};
  setup.eviction = eviction;
  return serve(calls, setup);
}

TEST(Faas, WhereNothingFitsIdleInstancesMakeRoom) {
  // Room for two. a, b, a again, then c: least recently used is b, so that a is warm once more.
  const std::vector<Invocation> list = {{0, kMs, 0},
                                        {kSecond, kMs, 1},
                                        {2 * kSecond, kMs, 0},
                                        {3 * kSecond, kMs, 2},
                                        {4 * kSecond, kMs, 0}};
  const FaasTotals none = crowded(evict_none(), list);
  EXPECT_EQ(none.rejected, 1u);  // c
  EXPECT_EQ(none.evicted, 0u);
  const FaasTotals lru = crowded(evict_lru(), list);
  EXPECT_EQ(lru.rejected, 0u);
  EXPECT_EQ(lru.evicted, 1u);  // b for c
  EXPECT_EQ(lru.cold, 3u);
  EXPECT_EQ(lru.most_instances, 2);
}

TEST(Faas, GreedyDualKeepsWhatIsCalledOftenWhereLruDoesNot) {
  // a is called often, then b once, then c: least recently used is a; greedy-dual ends b.
  std::vector<Invocation> list;
  for (int i = 0; i < 10; ++i) list.push_back({i * kSecond, kMs, 0});
  list.push_back({20 * kSecond, kMs, 1});
  list.push_back({21 * kSecond, kMs, 2});
  list.push_back({22 * kSecond, kMs, 0});
  Surface s = surface(64);
  s.alone_ns = 100e6;
  const auto cold = [&](const EvictionPolicy& eviction) {
    Calls calls({{"a", "", 380}, {"b", "", 380}, {"c", "", 380}}, list);
    FaasSetup setup{&s, 1, first_fit(), keep_fixed(), 3600 * kSecond, 1, 1, 1};
    setup.eviction = eviction;
    return serve(calls, setup).cold;
  };
  EXPECT_EQ(cold(evict_lru()), 4u);          // a, b, c, a again
  EXPECT_EQ(cold(evict_greedy_dual()), 3u);  // a, b, c
}

TEST(Faas, WhatRunsIsNotEvicted) {
  const FaasTotals t =
      crowded(evict_lru(), {{0, kMinute, 0}, {1, kMinute, 1}, {2 * kSecond, kMs, 2}});
  EXPECT_EQ(t.rejected, 1u);
  EXPECT_EQ(t.evicted, 0u);
}

TEST(Faas, CallsOnHostsThatFailAreLostAndTheirInstancesRestarted) {
  // Calls of 10 s, one a second, on hosts up for 100 s and down for 10 s: in service a host fails
  // with rate 1/100, so that a call is lost with 1 - exp(-10.1/100): 10 s of work, 100 ms of start
  // where it was cold.
  const Surface s = surface(64);
  std::vector<Invocation> list;
  constexpr int kCalls = 20'000;
  for (int i = 0; i < kCalls; ++i) list.push_back({i * kSecond, 10 * kSecond, 0});
  Calls calls({{"f", "", 12}}, list);
  FaasSetup setup{&s, 20, worst_fit(), keep_fixed(), kMinute, 1, 1, 1};
  setup.outages = {100, 10, 1, 0, 0};
  const FaasTotals t = serve(calls, setup);
  EXPECT_EQ(t.arrived, t.ended + t.rejected + t.lost);
  const double p = 1 - std::exp(-0.1);
  // Those lost at once on one host are not independent: ten hosts' worth of a cluster each.
  EXPECT_NEAR(static_cast<double>(t.lost) / kCalls, p, 5 * std::sqrt(10 * p * (1 - p) / kCalls));
  EXPECT_EQ(t.failed, t.restarts) << "there was room on the others for each";
  const double cycles = 20 * kCalls / 110.0;
  EXPECT_NEAR(static_cast<double>(t.host_failures), cycles, 5 * std::sqrt(cycles) + 20);
  EXPECT_NEAR(t.restart_us.quantile(0.5), 100e3, 100e3 / 128);
}

TEST(Faas, TheSmallestFleetAtAnObjectiveHasTheCoresThatTheCallsNeed) {
  // Six calls of 5 s at a time, one after the other within a second, each on a core: with two cores
  // a host, three hosts stretch none of them. On two the last two join the first two (first fit):
  // four on two cores take at most twice their time. On one, six take thrice at most.
  const Surface s = surface(2);
  std::vector<Invocation> list;
  for (int i = 0; i < 120; ++i)
    list.push_back({i / 6 * 30 * kSecond + i % 6 * 200 * kMs, 5 * kSecond, 0});
  const auto play = [&](const std::vector<FaasSetup>& setups) {
    std::vector<FaasTotals> out;
    for (const FaasSetup& setup : setups) {
      Calls calls({{"f", "", 12}}, list);
      out.push_back(serve(calls, setup));
    }
    return out;
  };
  const auto within = [](double limit) {
    return [limit](const FaasTotals& t) {
      return t.rejected == 0 && t.stretch.quantile(0.99) / 1000 <= limit;
    };
  };
  const std::vector<FaasSetup> setups = {{&s, 50, first_fit(), keep_fixed(), kMinute, 1, 1, 1},
                                         {&s, 2, first_fit(), keep_fixed(), kMinute, 1, 1, 1}};
  const auto tight = least_hosts(setups, play, within(1.01));
  EXPECT_EQ(tight[0].hosts, 3u);
  EXPECT_EQ(tight[0].totals.most_hosts, 3);
  EXPECT_EQ(tight[1].hosts, 0u) << "two are not enough";
  EXPECT_EQ(least_hosts(setups, play, within(2.02))[0].hosts, 2u);
  EXPECT_EQ(least_hosts(setups, play, within(3.03))[0].hosts, 1u);
}

TEST(Faas, CallsOutOfOrderAreRefused) {
  const Surface s = surface(1);
  EXPECT_THROW(play(s, keep_none(), 0, {{5, 1, 0}, {4, 1, 0}}), std::invalid_argument);
  EXPECT_THROW(play(s, keep_none(), 0, {{5, 1, 1}}), std::invalid_argument);
}

TEST(HostClock, PassesAtTheShareEverythingGets) {
  HostClock clock;
  clock.set_demand(2000, 4000);
  clock.advance(10);
  EXPECT_EQ(clock.virtual_time, 10 * HostClock::kOne);
  clock.set_demand(8000, 4000);
  clock.advance(20);
  EXPECT_EQ(clock.virtual_time, 15 * HostClock::kOne);
}

TEST(Histogram, QuantilesAreWithinItsBuckets) {
  Histogram h;
  for (int i = 1; i <= 100'000; ++i) h.add(i);
  for (const double p : {0.01, 0.5, 0.99})
    EXPECT_NEAR(h.quantile(p), p * 100'000, p * 100'000 / 128);
  EXPECT_EQ(h.count(), 100'000u);
  EXPECT_NEAR(h.mean(), 50'000.5, 1e-6);
}

}  // namespace
}  // namespace strata
