#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <string>

#include "real-harness/owned/owned.h"
#include "tests/harness/fixtures.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class Runners : public EachRunner {
 protected:
  Outcome run(const std::string& command) { return run(command, runner().patience()); }
  Outcome run(const std::string& command, milliseconds deadline) {
    return runner().run({.steps = {{command}}, .deadline = deadline});
  }
};

TEST_P(Runners, MarkInOrderAfterTheExec) {
  const Outcome o = run("hello");
  ASSERT_EQ(o.outcome, "ok") << o.errors;
  ASSERT_TRUE(o.entered && o.memory_ready && o.devices_ready && o.main && o.done);
  EXPECT_GT(o.exec, 0);
  EXPECT_LT(o.exec, *o.entered);
  EXPECT_LE(*o.entered, *o.memory_ready);
  EXPECT_LE(*o.memory_ready, *o.devices_ready);
  EXPECT_LE(*o.devices_ready, *o.main);
  EXPECT_LE(*o.main, *o.done);
}

TEST_P(Runners, BringTheAnswerBack) {
  const Outcome o = runner().run(
      {.steps = {{"syscall", "1000"}, {"touch", "1"}}, .deadline = runner().patience()});
  ASSERT_EQ(o.outcome, "ok") << o.errors;
  EXPECT_EQ(o.output.rfind("syscall ns=", 0), 0u) << o.output;
  EXPECT_NE(o.output.find(" count=1000\ntouch ns="), std::string::npos) << o.output;
}

TEST_P(Runners, EndAGuestThatHangsAtItsDeadline) {
  const auto begin = std::chrono::steady_clock::now();
  const Outcome o = run("hang", milliseconds(700));
  const auto passed = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(o.outcome, "timeout");
  EXPECT_FALSE(o.main);
  EXPECT_GE(passed, milliseconds(700));
  EXPECT_LT(passed, milliseconds(5000));
}

TEST_P(Runners, EndAGuestThatWritesWithoutEnd) {
  const Outcome o = run("flood");
  EXPECT_EQ(o.outcome, "failed: wrote more than 64 KiB");
  EXPECT_LE(o.output.size(), kOutputLimit);
}

TEST_P(Runners, RefuseForgedMarks) {
  const Outcome o = run("forge");
  EXPECT_EQ(o.outcome, "failed: a mark that is unknown, repeated or out of order");
}

TEST_P(Runners, SayThatAGuestCrashed) {
  const Outcome o = run("crash");
  EXPECT_EQ(o.outcome.rfind("failed: ", 0), 0u) << o.outcome;
}

TEST_P(Runners, SayWhatTheGuestSaidWhenItRefused) {
  const Outcome o = run("no-such-command");
  EXPECT_NE(o.outcome.find("no such step"), std::string::npos) << o.outcome;
}

TEST_P(Runners, ReadTheMemoryOfThePayloadNotOfTheLauncher) {
  if (!runner().has("wait")) return;
  const Outcome o =
      runner().run({.steps = {{"wait"}}, .deadline = runner().patience(), .read_memory = true});
  ASSERT_EQ(o.outcome, "ok") << o.errors;
  ASSERT_TRUE(o.memory);
  EXPECT_GT(o.memory->private_, 0);
  EXPECT_LE(o.memory->private_, o.memory->pss);
  EXPECT_LE(o.memory->pss, o.memory->rss);
  // KiB. A launcher of containers would have megabytes; a machine has those of its VMM.
  const bool machine = runner().stack() == "uml" || runner().accel() != "native";
  EXPECT_LT(o.memory->rss, machine ? 512 * 1024 : 512);
}

/// What runs for four seconds by the instance's clock does so by the host's: an emulated guest that
/// took a wrong rate for its counter's would measure everything wrong by as much. So long, because
/// a mark may come some hundredths of a second late through a console on a busy machine.
TEST_P(Runners, KeepTheTime) {
  if (runner().clock() != "wall") return;
  if (!runner().has("stream")) {
    // A unikernel cannot be told for how long: what it says of many calls is what they took.
    const auto calls = [&](long count, double& said) {
      const Outcome o = runner().run(
          {.steps = {{"syscall", std::to_string(count)}}, .deadline = milliseconds(30000)});
      EXPECT_EQ(o.outcome, "ok") << o.errors;
      EXPECT_EQ(std::sscanf(o.output.c_str(), "syscall ns=%lf", &said), 1) << o.output;
      return o.ok() ? static_cast<double>(*o.done - *o.main) : 0;
    };
    double said = 1;
    constexpr long kFew = 5'000'000;
    calls(kFew, said);
    const double took = calls(std::lround(4e9 / said * kFew), said);
    EXPECT_GT(said, took * 0.85);  // a tenth of them come before, untimed
    EXPECT_LT(said, took);
    return;
  }
  const Outcome o = runner().run({.steps = {{"stream", "4000"}}, .deadline = milliseconds(30000)});
  ASSERT_EQ(o.outcome, "ok") << o.errors;
  const double seconds = static_cast<double>(*o.done - *o.main) / 1e9;
  EXPECT_GT(seconds, 4 * 0.98);
  EXPECT_LT(seconds, 4 * 1.1);  // two processes are started in it
}

/// The count of instructions depends on nothing but the instructions.
TEST_P(Runners, CountTheSameInstructionsInEveryRun) {
  if (runner().clock() != "icount") return;
  Trial trial{.steps = {{"counter"}, {"syscall", "1000"}, {"touch", "1"}},
              .deadline = runner().patience()};
  if (runner().has("switch")) trial.steps.push_back({"switch", "50"});
  for (const char* step : {"hypercall", "cpuid"})
    if (runner().has(step)) trial.steps.push_back({step, "50"});
  const Outcome first = runner().run(trial), second = runner().run(trial);
  ASSERT_EQ(first.outcome, "ok") << first.errors;
  ASSERT_EQ(second.outcome, "ok") << second.errors;
  EXPECT_EQ(first.output, second.output);
  EXPECT_EQ(first.output.rfind("counter ns=", 0), 0u) << first.output;
}

INSTANTIATE_TEST_SUITE_P(Each, Runners, every_runner(), stack_of_index);

/// What has one console marks in lines on it, whole or in pieces, with a terminal's line ends or
/// not.
TEST(Supervise, TakesMarksOutOfLines) {
  Launch launch;
  launch.argv = {"/bin/sh", "-c",
                 "printf 'mark E tsc=1\\nfirst\\r\\nmark P'; sleep 0.1; printf ' tsc=22\\r\\n"
                 "mark V tsc=3\\nmark M tsc=4\\nmark my words\\nmark D tsc=5\\n'"};
  launch.marks_are_lines = true;
  const Outcome o = supervise(launch, {});
  EXPECT_EQ(o.outcome, "ok") << o.errors;
  EXPECT_EQ(o.output, "first\nmark my words\n");
  ASSERT_TRUE(o.entered && o.memory_ready && o.devices_ready && o.main && o.done);
  EXPECT_GE(*o.memory_ready - *o.entered, 100'000'000);
}

TEST(Supervise, RefusesLinesThatForgeMarks) {
  Launch launch;
  launch.argv = {"/bin/sh", "-c", "echo mark E tsc=1; echo mark M tsc=2"};
  launch.marks_are_lines = true;
  EXPECT_EQ(supervise(launch, {}).outcome,
            "failed: a mark that is unknown, repeated or out of order");
}

/// Its memory is looked for when it is surely gone: that leaves no memory, and the times stay.
TEST(Supervise, KeepsTheTimesOfOneThatEndsBeforeItsMemoryIsRead) {
  Launch launch;
  launch.argv = {"/bin/sh", "-c", "echo hello"};
  launch.until = "hello";
  launch.payload = [](pid_t pid) {
    siginfo_t info;
    waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
    return std::vector{fs::path("/proc") / std::to_string(pid)};
  };
  const Outcome o = supervise(launch, {.read_memory = true});
  EXPECT_EQ(o.outcome, "ok") << o.errors;
  ASSERT_TRUE(o.main);
  EXPECT_GT(*o.main, o.exec);
  EXPECT_FALSE(o.memory);
}

TEST(Supervise, SaysWhichProgramCouldNotBeStarted) {
  Launch launch;
  launch.argv = {"/nowhere/at-all"};
  EXPECT_EQ(supervise(launch, {}).outcome, "failed: /nowhere/at-all: No such file or directory");
}

TEST(OwnedFolders, OfTheLivingAreNotCleaned) {
  const OwnedFolder folder;
  for (const std::string& line : clean_leftovers())
    EXPECT_EQ(line.find(folder.name()), std::string::npos) << line;
  EXPECT_TRUE(fs::exists(folder.path()));
}

}  // namespace
}  // namespace strata
