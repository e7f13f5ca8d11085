#include "real-harness/owned/memory.h"

#include <signal.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "real-harness/measuring/marginal.h"
#include "real-harness/owned/merging.h"
#include "real-harness/owned/together.h"
#include "tests/harness/fixtures.h"
#include "tests/harness/scripted.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

const Trial kWait{.steps = {{"wait"}}};

TEST(Slope, IsThatOfLeastSquares) {
  EXPECT_DOUBLE_EQ(*slope_of({{1, 10}, {2, 13}, {4, 19}}), 3);
  EXPECT_DOUBLE_EQ(*slope_of({{1, 1}, {2, 3}, {4, 4}}), 13.0 / 14);
  EXPECT_DOUBLE_EQ(*slope_of({{1, 5}, {4, 2}, {16, -10}}), -1);
}

TEST(Slope, NeedsTwoTotals) {
  EXPECT_FALSE(slope_of({}));
  EXPECT_FALSE(slope_of({{1, 10}, {4, 0, "timeout"}}));
  EXPECT_DOUBLE_EQ(*slope_of({{1, 10}, {4, 0, "timeout"}, {16, 40}}), 2);
}

TEST(TooMany, AreThoseThatDoNotFit) {
  EXPECT_FALSE(too_many(4, 100, 500));
  EXPECT_EQ(*too_many(5, 100, 500), "5 instances may take 100 MiB each, and 500 MiB are free");
}

TEST(Cells, OfTotalsAreApartByInstances) {
  EXPECT_EQ(cell_name("memory.total", 4), "memory.total of 4");
  EXPECT_EQ(cell_name("memory.total.merged", 1), "memory.total.merged of 1");
  EXPECT_EQ(cell_name("memory.marginal", 4), "memory.marginal");
  EXPECT_EQ(cell_name("memory.pss", 1), "memory.pss");
  EXPECT_EQ(cell_name("boot.total", 10, 10, "p99"), "boot.total, p99 of 10 at once");
}

TEST(Density, StartsNoMoreThanFit) {
  EXPECT_EQ(more_for(100, 1, 1), 2);     // 99 more may fit, but one says little
  EXPECT_EQ(more_for(100, 50, 50), 40);  // 50 more fit; most of them
  EXPECT_EQ(more_for(100, 98, 98), 1);
  EXPECT_EQ(more_for(100, 99.5, 99), 0);
  EXPECT_EQ(more_for(100, 100, 10), 0);
}

TEST(Configured, IsARowOnlyOfThoseThatPromiseIt) {
  const Scripted::Script script = [](const Trial&) { return Scripted::said(""); };
  Scripted process(script, "process"), machine(script, "machine");
  machine.promised = 64;
  const auto found = measured({&process, &machine}, {"boot.total", "memory.configured"},
                              {.target = 0, .least = 1, .cap = 1});
  int rows = 0;
  for (const Record& row : found.records)
    if (row.metric == "memory.configured") {
      ++rows;
      EXPECT_EQ(row.value, 64);
    }
  EXPECT_EQ(rows, 2);
  EXPECT_EQ(found.cells.size(), 3u);
}

TEST(Marginal, IsNotTriedWhereItDoesNotFitAndSaysSo) {
  Scripted huge("");
  huge.promised = 1 << 30;
  const auto rows = measured({&huge}, {"memory.total", "memory.marginal"}, {.cap = 1}).records;
  ASSERT_EQ(rows.size(), 8u);  // totals of 1, 2 and 4, the slope; the warm-up, too
  for (const Record& row : rows)
    EXPECT_NE(row.outcome.find(" instances may take 1073741824 MiB each"), std::string::npos)
        << row.outcome;
  EXPECT_EQ(rows[1].instances, 2);
  EXPECT_TRUE(huge.trials.empty());
}

/// A trial that keeps so many MiB beside what an instance takes anyhow.
Trial keeping(int mib) { return {.steps = {{"keep", std::to_string(mib)}}}; }

class Together : public Tidy {
 protected:
  void SetUp() override {
    Tidy::SetUp();
    runner_ = runner_of("bare_linux");
    if (const auto reason = runner_->cannot()) GTEST_SKIP() << *reason;
  }
  Runner& runner() { return *runner_; }

 private:
  std::unique_ptr<Runner> runner_;
};

TEST_F(Together, AreAllThereAndThenNone) {
  std::vector<pid_t> there;
  const auto look = [&](const std::vector<pid_t>& launchers) {
    there = launchers;
    for (const pid_t pid : launchers) EXPECT_TRUE(memory_of(family_of(pid)));
  };
  EXPECT_EQ(run_together(runner(), kWait, 8, look), "ok");
  ASSERT_EQ(there.size(), 8u);
  std::sort(there.begin(), there.end());
  EXPECT_EQ(std::unique(there.begin(), there.end()), there.end());
  for (const pid_t pid : there) EXPECT_FALSE(fs::exists("/proc/" + std::to_string(pid)));
}

TEST_F(Together, GrowInSteps) {
  std::vector<std::size_t> seen;
  const auto more = [&](const std::vector<pid_t>& launchers) {
    seen.push_back(launchers.size());
    return launchers.size() < 6 ? 2 : 0;
  };
  EXPECT_EQ(run_growing(runner(), kWait, 3, more), "ok");
  EXPECT_EQ(seen, (std::vector<std::size_t>{3, 5, 7}));
}

TEST_F(Together, StartAtTheSameInstantAndSayWhenEachWasThere) {
  const auto started = start_at_once(runner(), {.steps = {{"hello"}}}, 12);
  EXPECT_EQ(started.outcome, "ok");
  ASSERT_EQ(started.ns.size(), 12u);
  for (const double ns : started.ns) {
    EXPECT_GT(ns, 1e3);  // an exec takes longer
    EXPECT_LT(ns, 5e9);
  }
  const auto crashed = start_at_once(runner(), {.steps = {{"crash"}}}, 2);
  EXPECT_EQ(crashed.outcome.rfind("failed: ended by signal", 0), 0u) << crashed.outcome;
  EXPECT_TRUE(crashed.ns.empty());
}

/// As many instances as the budget holds take no more than it, and one more takes more: each keeps
/// 8 MiB, beside which what a process takes is little.
TEST_F(Together, FillABudgetOfMemory) {
  const Total held = held_by(runner(), {.steps = {{"keep", "8"}}}, 100);
  EXPECT_EQ(held.outcome, "ok");
  EXPECT_LE(held.mib, 100);
  EXPECT_LE(held.instances, 12);  // 12 of 8 MiB are 96
  EXPECT_GE(held.instances, 11);
  EXPECT_EQ(held_by(runner(), {.steps = {{"keep", "8"}}}, 4).outcome,
            "failed: the budget of 4 MiB does not hold one");
}

TEST_F(Together, EndWhenOneFailsOrNeverWaits) {
  const auto never = [](const std::vector<pid_t>&) { ADD_FAILURE() << "not all are there"; };
  const std::string crash = run_together(runner(), {.steps = {{"crash"}}}, 3, never);
  EXPECT_EQ(crash.rfind("failed: ended by signal", 0), 0u) << crash;
  EXPECT_EQ(run_together(runner(), {.steps = {{"hang"}}, .deadline = milliseconds(300)}, 3, never),
            "timeout");
}

TEST_F(Together, EndAtTheirDeadlineWhileTheyWait) {
  const auto late = [](const std::vector<pid_t>&) { usleep(600'000); };
  EXPECT_EQ(run_together(runner(), {.steps = {{"wait"}}, .deadline = milliseconds(400)}, 3, late),
            "timeout");
}

TEST_F(Together, EndWhenWhatTheyWereWaitedForFails) {
  const auto fail = [](const std::vector<pid_t>&) { throw std::runtime_error("no"); };
  EXPECT_THROW(run_together(runner(), kWait, 3, fail), std::runtime_error);
}

TEST_F(Together, DieWithThisProgram) {
  const pid_t harness = fork();
  if (harness == 0) {
    run_together(runner(), kWait, 8, [](const std::vector<pid_t>&) { kill(getpid(), SIGKILL); });
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(harness, &status, 0), harness);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(no_process_is_left());
}

TEST_F(Together, OneMoreProcessTakesLittle) {
  const auto slope = slope_of(totals_of(runner(), kWait, {1, 4, 16}, false));
  ASSERT_TRUE(slope);
  EXPECT_GT(*slope, 0);
  EXPECT_LE(*slope, 1);
}

/// Those that start the guest as a process of this kernel, on which every touched page is one.
class EachMarginal : public EachRunner {};

TEST_P(EachMarginal, IsWhatIsTouchedAndWhatTheStackTakes) {
  const auto plain = slope_of(totals_of(runner(), kWait, {1, 4}, false));
  const auto more = slope_of(totals_of(runner(), keeping(64), {1, 4}, false));
  ASSERT_TRUE(plain && more);
  EXPECT_NEAR(*more - *plain, 64, 0.03 * 64);
}

INSTANTIATE_TEST_SUITE_P(Each, EachMarginal, runners_where([](Runner& runner) {
                           return runner.accel() == "native" && !runner.configured();
                         }),
                         stack_of_index);

std::string settings() {
  std::string text;
  for (const char* name : {"run", "pages_to_scan", "sleep_millisecs"}) {
    std::string value;
    std::ifstream(std::string("/sys/kernel/mm/ksm/") + name) >> value;
    text += value + " ";
  }
  return text;
}

/// One test, because the settings are one for the whole machine.
TEST_F(Tidy, PageMergingIsPutBackHoweverItEnds) {
  if (const auto reason = PageMerging::cannot()) GTEST_SKIP() << *reason;
  const std::string before = settings();
  try {
    const PageMerging on;
    EXPECT_EQ(settings(), "1 5000 20 ");
    EXPECT_THROW(PageMerging(), std::runtime_error);
  } catch (const std::runtime_error& error) {
    GTEST_SKIP() << error.what();
  }
  EXPECT_EQ(settings(), before);

  const pid_t harness = fork();
  if (harness == 0) {
    const PageMerging on;
    kill(getpid(), SIGKILL);
  }
  ASSERT_EQ(waitpid(harness, nullptr, 0), harness);
  EXPECT_EQ(settings(), "1 5000 20 ");
  const auto removed = clean_leftovers();
  EXPECT_EQ(settings(), before);
  ASSERT_EQ(removed.size(), 2u);
  EXPECT_EQ(removed[1].rfind("the settings of page merging, back to:", 0), 0u) << removed[1];
}

}  // namespace
}  // namespace strata
