#include "real-harness/measuring/measure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "real-harness/measuring/disturbance.h"
#include "real-harness/owned/disk.h"
#include "real-harness/runners/runners.h"
#include "tests/harness/scripted.h"

namespace strata {
namespace {

using Steps = std::vector<std::vector<std::string>>;
using Numbers = std::vector<std::optional<double>>;

/// So many samples of each, whatever they say.
Sampling exactly(int samples) { return {.target = 0, .least = samples, .cap = samples}; }

std::vector<Record> rows_of(Runner& runner, const std::string& metric) {
  return measured({&runner}, {metric}, exactly(2)).records;
}

/// A test that needs a disk: skipped where none can be made (a tmpfs as TMPDIR).
class MeasureWithDisk : public testing::Test {
 protected:
  void SetUp() override {
    try {
      DataFile();
    } catch (const std::exception& error) {
      GTEST_SKIP() << error.what();
    }
  }
};

bool has_number(const Record& row) { return row.outcome == "ok" || row.outcome == kDisturbed; }

TEST(Lives, AreThreeAndNameEachStepOnce) {
  const auto all = lives_of({});
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].name, "compute");
  EXPECT_TRUE(all[0].trial.read_memory);
  EXPECT_EQ(all[0].trial.steps, (Steps{{"wait"},
                                       {"syscall", "100000"},
                                       {"touch", "16"},
                                       {"switch", "2000"},
                                       {"stream", "100"}}));
  EXPECT_EQ(all[1].trial.offer, Offer::network);
  EXPECT_EQ(all[1].trial.steps, (Steps{{"serve"}}));
  EXPECT_EQ(all[1].trial.peer.size(), 7u);
  EXPECT_EQ(all[2].trial.offer, Offer::disk);
  EXPECT_EQ(all[2].trial.steps,
            (Steps{{"block", "{disk}", "1", "200"}, {"block", "{disk}", "32", "2000"}}));
}

TEST(Lives, HoldOnlyWhatWasAskedFor) {
  const auto boot = lives_of({"boot.total"});
  ASSERT_EQ(boot.size(), 1u);
  EXPECT_EQ(boot[0].trial.steps, (Steps{{"hello"}}));
  EXPECT_FALSE(boot[0].trial.read_memory);
  const auto memory = lives_of({"memory.pss", "touch.latency", "page_fault.latency"});
  EXPECT_EQ(memory[0].trial.steps, (Steps{{"wait"}, {"touch", "16"}}));
}

/// What a step touches stays free beside the kernel of the smallest machine there is.
TEST(Lives, TouchNoMoreThanHalfOfWhatAMachineHas) {
  for (const auto& runner : runners(STRATA_PROBE_GUEST)) {
    if (!runner->configured()) continue;
    for (const bool quick : {true, false})
      for (const Probe& probe : suited(probes(quick), *runner)) {
        if (probe.step.empty() || (probe.step[0] != "touch" && probe.step[0] != "keep")) continue;
        EXPECT_LE(2 * std::stoi(probe.step[1]), *runner->configured()) << runner->stack();
      }
  }
}

TEST(Lives, ReadAnAnswerOfEachStepInOrder) {
  const auto compute =
      lives_of({"boot.total", "memory.rss", "syscall.latency", "switch.latency"})[0];
  const std::string syscall = "syscall ns=5000 count=100\n", sw = "switch ns=900 count=3\n";
  EXPECT_EQ(numbers_of(compute, Scripted::said(syscall + sw)), (Numbers{2, 3, 50, 300}));
  for (const std::string& bad : {sw + syscall, syscall, syscall + sw + sw, syscall + sw + " ",
                                 "x" + syscall + sw, std::string()})
    EXPECT_FALSE(numbers_of(compute, Scripted::said(bad))) << bad;
}

TEST(Lives, NeedTheMark) {
  const auto life = lives_of({"boot.total", "memory.rss"})[0];
  Outcome o = Scripted::said("");
  EXPECT_EQ(numbers_of(life, o), (Numbers{2, 3}));
  o.main.reset();
  EXPECT_FALSE(numbers_of(life, o));
}

TEST(Lives, TakeTheNetworksAnswersFromThePeer) {
  const auto life = lives_of({"network.tcp_receive.throughput", "network.round_trip.latency",
                              "network.udp64_receive.rate"})[0];
  const std::string peer =
      "tcp-send ns=1000 count=500\ntcp-round-trips ns=40000 count=2\n"
      "udp-send ns=1000000 count=90 sent=100\n";
  EXPECT_EQ(numbers_of(life, Scripted::said("", peer)), (Numbers{4, 20, 90}));
  EXPECT_FALSE(numbers_of(life, Scripted::said("I serve\n", peer)));
  EXPECT_FALSE(numbers_of(life, Scripted::said(peer)));
  // More cannot arrive than were sent, and a UDP answer says how many.
  for (const char* udp : {"udp-send ns=1000000 count=90 sent=89\n", "udp-send ns=1000 count=90\n"})
    EXPECT_FALSE(numbers_of(
        life, Scripted::said(
                  "", "tcp-send ns=1 count=5\ntcp-round-trips ns=4 count=2\n" + std::string(udp))));
}

TEST(Lives, ReadTheDisk) {
  const auto life = lives_of({"block.read.latency", "block.read.iops"})[0];
  EXPECT_EQ(
      numbers_of(life, Scripted::said("block ns=200000 count=2\nblock ns=1000000 count=64\n")),
      (Numbers{100, 64000}));
}

TEST(Measure, KeepsEverySampleAndMarksWarmUps) {
  Scripted runner("");
  const auto rows = rows_of(runner, "boot.total");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].outcome, kWarmUp);
  EXPECT_TRUE(has_number(rows[1]));
  EXPECT_EQ(rows[2].trial, 1);
  EXPECT_EQ(rows[2].value, 2.0);
  EXPECT_EQ(rows[2].origin, "measured");
}

TEST(Measure, AnAnswerThatIsNoneIsAFailureNotANumber) {
  for (const char* bad : {"", "syscall ns=5", "syscall ns=-1 count=1\n", "syscall ns=5 count=0\n",
                          "touch ns=5 count=1\n", "hello\n"}) {
    Scripted runner(bad);
    for (const Record& row : rows_of(runner, "syscall.latency")) {
      EXPECT_EQ(row.outcome, "failed: the guest's answer is no answer") << bad;
      EXPECT_EQ(row.value, 0);
    }
  }
}

TEST(Measure, ATimeoutIsARowOfEveryMetricOfItsLife) {
  Scripted runner([](const Trial&) { return Scripted::ended("timeout"); });
  const auto rows = measured({&runner}, {"boot.total", "syscall.latency"}, exactly(2)).records;
  ASSERT_EQ(rows.size(), 6u);
  for (const Record& row : rows) EXPECT_EQ(row.outcome, "timeout");
}

TEST(Measure, AMemoryThatCouldNotBeReadCostsItsOwnRowsOnly) {
  Scripted runner([](const Trial&) {
    Outcome o = Scripted::said("");
    o.memory.reset();
    return o;
  });
  const auto rows = measured({&runner}, {"boot.total", "memory.rss"}, exactly(2)).records;
  ASSERT_EQ(rows.size(), 6u);
  for (const Record& row : rows)
    if (row.metric == "boot.total")
      EXPECT_TRUE(has_number(row) || row.outcome == kWarmUp) << row.outcome;
    else
      EXPECT_EQ(row.outcome, "failed: the payload's memory could not be read");
}

TEST(Measure, ARunnerThatThrowsIsAFailure) {
  Scripted runner([](const Trial&) -> Outcome { throw std::runtime_error("no wire"); });
  EXPECT_EQ(rows_of(runner, "boot.total")[0].outcome, "failed: no wire");
}

TEST(Measure, GivesUpOnWhatAlwaysFails) {
  Scripted runner([](const Trial&) { return Scripted::ended("timeout"); });
  const auto found = measured({&runner}, {"boot.total"}, {.cap = 100});
  EXPECT_EQ(found.cells[0].stopped, Stopped::failed);
  EXPECT_EQ(found.records.size(), 4u);  // the warm-up and three
}

TEST(Measure, ALifeStartsEveryStackAndTheFirstOneChanges) {
  Scripted::Script script = [](const Trial&) { return Scripted::said(""); };
  Scripted a(script, "a"), b(script, "b");
  const auto rows = measured({&a, &b}, {"boot.total"}, exactly(2)).records;
  std::string order;
  for (const Record& row : rows) order += row.stack;
  EXPECT_EQ(order, "abbaab");
}

TEST_F(MeasureWithDisk, LeavesOutALifeThatIsDone) {
  // One answer is always the same, the other never twice.
  int call = 0;
  Scripted::Script script = [&call](const Trial& trial) {
    if (trial.offer == Offer::disk)
      return Scripted::said("block ns=" + std::to_string(100 * ++call) + " count=1\n");
    return Scripted::said("");
  };
  Scripted runner(script);
  // Nothing is marked as disturbed here only on a quiet machine, so the cap may end both.
  const auto found = measured({&runner}, {"boot.total", "block.read.latency"}, {.cap = 40});
  ASSERT_EQ(found.cells.size(), 2u);
  EXPECT_EQ(found.cells[1].stopped, Stopped::cap);
  const auto disks = std::count_if(runner.trials.begin(), runner.trials.end(),
                                   [](const Trial& t) { return t.offer == Offer::disk; });
  EXPECT_EQ(disks, 41);
  if (found.cells[0].stopped == Stopped::target) {
    EXPECT_LT(runner.trials.size(), 82u);
  }
}

TEST_F(MeasureWithDisk, IsOfferedWithSomethingInIt) {
  Scripted::Script script = [](const Trial& trial) {
    EXPECT_EQ(std::filesystem::file_size(trial.disk), 64u << 20);
    return Scripted::said("block ns=1 count=1\n");
  };
  Scripted runner(script);
  rows_of(runner, "block.read.latency");
  ASSERT_FALSE(runner.trials.empty());
  EXPECT_FALSE(std::filesystem::exists(runner.trials[0].disk));
}

TEST(Measure, GoesOnWhereNoDiskCanBeOffered) {
  setenv("TMPDIR", "/nowhere", 1);
  Scripted runner("");
  const auto rows = measured({&runner}, {"boot.total", "block.read.latency"}, exactly(1)).records;
  unsetenv("TMPDIR");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_TRUE(has_number(rows[2]));
  EXPECT_EQ(rows[3].outcome.rfind("failed: ", 0), 0u) << rows[3].outcome;
  EXPECT_EQ(runner.trials.size(), 2u);
}

TEST(Measure, EndsWithItsTime) {
  Scripted runner("");
  MeasurePlan plan;
  plan.runners = {&runner};
  plan.probes = probes_of({"boot.total"});
  plan.sampling = exactly(1'000'000);
  plan.until = std::chrono::steady_clock::now() + std::chrono::milliseconds(150);
  const auto found = measure(plan, [](const Standing&) {});
  EXPECT_EQ(found.cells[0].stopped, Stopped::time);
  EXPECT_FALSE(found.records.empty());
}

TEST(Measure, KeepsOfAnInstructionCounterOnlyWhatItTimesItself) {
  Scripted runner([](const Trial&) { return Scripted::said("syscall ns=5000 count=100\n"); },
                  "qemu", "tcg", "icount");
  const auto rows = measured({&runner}, {"boot.total", "syscall.latency"}, exactly(1)).records;
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].metric, "syscall.latency");
  EXPECT_EQ(rows[1].unit, "instructions");
  EXPECT_EQ(rows[1].clock, "icount");
}

TEST(Measure, CountsABootFromBeforeAnythingThatWaitsForTheHost) {
  Scripted runner(
      [](const Trial&) {
        return Scripted::said("counter ns=123456 count=1\nsyscall ns=5000 count=100\n");
      },
      "qemu", "tcg", "icount");
  const auto rows =
      measured({&runner}, {"boot.guest", "memory.pss", "syscall.latency", "block.read.iops"},
               exactly(1))
          .records;
  ASSERT_EQ(rows.size(), 4u);  // a warm-up and a sample of two metrics
  EXPECT_EQ(rows[2].metric, "boot.guest");
  EXPECT_EQ(rows[2].value, 123456);
  EXPECT_EQ(rows[3].value, 50);
  ASSERT_EQ(runner.trials.size(), 2u);
  EXPECT_EQ(runner.trials[0].steps[0], std::vector<std::string>{"counter"});
  EXPECT_FALSE(runner.trials[0].read_memory);
}

TEST(Sampling, StopsAtItsTargetItsCapOrWhenHopeless) {
  const Sampling rule{.target = 0.05, .least = 5, .cap = 30};
  EXPECT_EQ(decide(rule, {10, 10, 10, 10}, 4, 0), Stopped::no);
  EXPECT_EQ(decide(rule, {10, 10, 10, 10, 10.1}, 5, 0), Stopped::target);
  EXPECT_EQ(decide(rule, {10, 20, 30, 40, 50}, 5, 0), Stopped::no);
  EXPECT_EQ(decide(rule, {10, 20, 30, 40, 50}, 30, 0), Stopped::cap);
  EXPECT_EQ(decide(rule, {}, 3, 3), Stopped::failed);
  EXPECT_EQ(decide(rule, {1}, 4, 3), Stopped::no);
}

TEST(Disturbance, IsATenthMoreOrTwoPercentStolen) {
  EXPECT_FALSE(is_disturbed({105, 0.01}, 100));
  EXPECT_TRUE(is_disturbed({111, 0}, 100));
  EXPECT_TRUE(is_disturbed({100, 0.03}, 100));
  const double loop = reference_loop();
  EXPECT_GT(loop, 1e6);    // a millisecond at least
  EXPECT_LT(loop, 500e6);  // and not so long that it costs, even on a busy machine
}

}  // namespace
}  // namespace strata
