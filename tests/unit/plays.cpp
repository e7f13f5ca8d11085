// Are the runs that claims are decided by what theory, or arithmetic by hand, says they are?

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "models/claims/measured.h"
#include "models/claims/play.h"
#include "models/claims/verdict.h"
#include "models/fleet/bursts.h"
#include "models/fleet/resizing.h"
#include "models/host/vcpus.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

double mean_of(const std::vector<Tick>& latencies) {
  return static_cast<double>(std::accumulate(latencies.begin(), latencies.end(), Tick{0})) /
         static_cast<double>(latencies.size());
}

TEST(Vcpus, OneOfEachIsTheQueueThatTheoryKnows) {
  VcpuSpec spec;  // M/M/1 at a load of one half: a mean of s / (1 - 1/2)
  spec.cores = spec.guests = spec.vcpus = 1;
  spec.load = 0.5;
  spec.locked = 0;
  spec.requests = 200'000;
  EXPECT_NEAR(mean_of(run_vcpus(spec).latencies) / static_cast<double>(spec.service), 2, 0.05);
}

TEST(Vcpus, WithACoreForEachTheSchedulerBeneathHasNothingToDecide) {
  VcpuSpec spec;
  spec.cores = 8;
  spec.guests = 2;
  spec.vcpus = 4;
  spec.load = 0.8;
  spec.locked = 0.2;
  const VcpuRun blind = run_vcpus(spec);
  spec.knows = true;
  EXPECT_EQ(blind.latencies, run_vcpus(spec).latencies);
  EXPECT_EQ(blind.holders_stopped, 0U);
}

TEST(Vcpus, OnlyABlindSchedulerStopsWhoHoldsALock) {
  VcpuSpec spec;
  spec.cores = 4;
  spec.guests = 8;
  spec.vcpus = 4;
  spec.load = 0.9;
  spec.locked = 0.2;
  spec.service = 2'000'000;
  spec.slice = 500'000;
  const VcpuRun blind = run_vcpus(spec);
  spec.knows = true;
  const VcpuRun knowing = run_vcpus(spec);
  EXPECT_GT(blind.holders_stopped, 0U);
  EXPECT_EQ(knowing.holders_stopped, 0U);
  EXPECT_EQ(blind.worked, knowing.worked);  // the same requests
  EXPECT_GT(mean_of(blind.latencies), mean_of(knowing.latencies));
}

TEST(Vcpus, AHostThatCannotServeWhatComesIsRefused) {
  VcpuSpec spec;
  spec.load = 1;
  EXPECT_THROW(run_vcpus(spec), std::invalid_argument);
}

TEST(Resizing, HoldsWhatAWorkedExampleHolds) {
  // Three calls at once in the first minute, one in the last of four; 5 MiB each, 10 MiB of stack.
  FunctionUse use;
  use.calls = 4;
  use.most_at_once = {3, 0, 0, 1};
  const FunctionSpec f{"f", "f", 5};
  const std::int64_t span = 4 * 60'000'000;
  EXPECT_DOUBLE_EQ(held_mib_s(f, use, span, Sizing::never, 1, 10), (10 + 3 * 5) * 240.0);
  // Kept a minute longer: 3, 3, 0, 1.
  EXPECT_DOUBLE_EQ(held_mib_s(f, use, span, Sizing::resized, 1, 10), 10 * 240.0 + 7 * 5 * 60.0);
  EXPECT_DOUBLE_EQ(held_mib_s(f, use, span, Sizing::replicated, 1, 10), 7 * 15 * 60.0);
  EXPECT_DOUBLE_EQ(held_mib_s(f, use, span, Sizing::replicated, 0, 10), 4 * 15 * 60.0);
  // Kept for the whole span, only what came before the most is less.
  EXPECT_DOUBLE_EQ(held_mib_s(f, use, span, Sizing::replicated, 9, 10), 4 * 3 * 15 * 60.0);
}

TEST(Bursts, RunForTheDutyAndPeakTogether) {
  BurstSpec spec;
  spec.functions = 300;
  spec.duty = 0.05;
  spec.together = 0;
  std::vector<Tariff> tariffs(1);
  tariffs[0].round_us = 300'000;
  const BurstUse alone = play_bursts(spec, tariffs);
  EXPECT_NEAR(alone.mean_running / 300, 0.05, 0.05 * 0.1);
  // Poisson-like: 15 on average, deviation below 4, so never near all of them.
  EXPECT_LT(alone.most_running, 60);
  EXPECT_EQ(alone.all.busy_us, static_cast<std::int64_t>(alone.all.calls) * 100'000);
  EXPECT_EQ(alone.all.billed_us[0], 3 * alone.all.busy_us);  // 100 ms rounded up to 300
  // Each burst holds on for 10 s more: bursts of 10 s, hardly ever one upon the other.
  EXPECT_NEAR(alone.mean_loaded / alone.mean_running, 2, 0.1);
  spec.together = 1;
  EXPECT_EQ(play_bursts(spec, tariffs).most_running, 300);
}

Sourced<Quantity> exactly(double value, Dimension dimension) {
  Sourced<Quantity> out;
  out.value = out.low = out.high = {value, dimension};
  return out;
}

TEST(Plays, ShipWhatArithmeticSays) {
  ClaimPlay play;
  play.kind = "patch";
  const std::map<std::string, double> values = {
      {"hosts", 4},       {"image", 1e8},   {"base", 0.6},     {"rebuilt", 0.5},
      {"patched", 1e6},   {"files", 1},     {"chunk", 5e5},    {"package", 2e6},
      {"unikernel", 5e6}, {"link", 1.25e9}, {"registry", 1e10}};
  for (const auto& [key, dimension] : play_kinds().at("patch").numbers)
    play.numbers.emplace(key, exactly(values.at(key), dimension));
  const Catalog catalog;
  const auto run = play_kinds().at("patch").open(play, catalog);
  const auto moved = [&](const std::string& way) {
    PlayPoint point;
    point.way = way;
    return run(point).at("bytes.moved");
  };
  EXPECT_NEAR(moved("package"), 0.02, 1e-9);
  EXPECT_NEAR(moved("whole unikernel"), 0.05, 1e-9);
  EXPECT_NEAR(moved("layer of the application"), 0.4, 0.005);
  EXPECT_NEAR(moved("layer of the base"), 0.6 + 0.4 * 0.5, 0.005);
  // A megabyte in one piece lies in 2 or 3 of the 200 chunks, and the inode table in one.
  EXPECT_GE(moved("chunks"), 2 / 200.0 - 1e-9);
  EXPECT_LE(moved("chunks"), 4 / 200.0 + 1e-9);
}

TEST(Plays, AreTheSameForAnyNumberOfJobs) {
  const Catalog& catalog = project();
  ClaimPlay play = catalog.claims.at("H42").play;
  play.trials = 3;
  const auto seen = [](int) {};
  const Plays one = play_all(play, catalog, 1, seen), two = play_all(play, catalog, 2, seen);
  ASSERT_EQ(one.size(), 2 * play.values.size());
  for (const auto& [key, sample] : one) {
    EXPECT_EQ(sample.draws.size(), 3U);
    EXPECT_EQ(sample.value, two.at(key).value);
    EXPECT_EQ(sample.draws, two.at(key).draws);
  }
}

TEST(Plays, MistakesAreNamedBeforeAnythingIsPlayed) {
  ClaimFile claim = project().claims.at("H36");
  Issues issues;
  check_play(claim, project(), issues);
  EXPECT_TRUE(issues.empty()) << printed(issues);
  claim.play.numbers.erase("chunk");
  claim.play.ways.front() = "parcel";
  check_play(claim, project(), issues);
  const std::string text = printed(issues);
  EXPECT_NE(text.find("play.numbers.chunk: is missing"), std::string::npos) << text;
  EXPECT_NE(text.find("'parcel' is no way"), std::string::npos) << text;
}

Record row_of(const std::string& stack, double value, const std::string& outcome) {
  Record r;
  r.stack = stack;
  r.metric = "memory.marginal";
  r.value = value;
  r.origin = "measured";
  r.outcome = outcome;
  r.accel = "native";
  return r;
}

TEST(Measured, IsTheMedianOfUndisturbedRowsAndItsResamples) {
  const std::vector<Record> rows = {row_of("a", 900, "warm-up"), row_of("a", 1, "ok"),
                                    row_of("b", 7, "ok"),        row_of("a", 2, "ok"),
                                    row_of("a", 9, "ok"),        row_of("a", 800, "disturbed")};
  const MeasuredSample found = measured_sample(rows, "a", "memory.marginal");
  EXPECT_EQ(found.sample.value, 2);
  EXPECT_EQ(found.accel, "native");
  ASSERT_EQ(found.sample.draws.size(), 200U);
  // Of three drawn from three the middle one is the least with 7/27, the middle with 13/27.
  const auto share = [&](double v) {
    return static_cast<double>(
               std::count(found.sample.draws.begin(), found.sample.draws.end(), v)) /
           200;
  };
  EXPECT_NEAR(share(1), 7 / 27.0, 0.1);
  EXPECT_NEAR(share(2), 13 / 27.0, 0.1);
  EXPECT_THROW(measured_sample(rows, "c", "memory.marginal"), std::invalid_argument);
}

TEST(Claims, WhatIsNotComparableHasNoPartInAVerdict) {
  Verdict apart, held;
  apart.word = "not comparable";
  held.word = "supported";
  EXPECT_EQ(together({apart, held}).word, "supported");
  EXPECT_EQ(together({apart}).word, "undetermined");
}

}  // namespace
}  // namespace strata
