#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "real-harness/owned.h"
#include "real-harness/runner.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// Each test runs with a folder for temporary files of its own, adopts what its children leave
/// behind, and ends with nothing in the one and none of the other.
class Runners : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "strata-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    temporary_ = pattern;
    setenv("TMPDIR", pattern.c_str(), 1);
    ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    all_ = runners(STRATA_PROBE_GUEST);
    ASSERT_LT(static_cast<std::size_t>(GetParam()), all_.size());
    if (const auto reason = runner().cannot())
      GTEST_SKIP() << runner().stack() << " cannot run here: " << *reason;
  }

  void TearDown() override {
    if (temporary_.empty()) return;
    EXPECT_TRUE(fs::is_empty(temporary_)) << "left behind: " << *fs::directory_iterator(temporary_);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a process is left";
    const std::string mine = "strata-harness-" + std::to_string(getpid()) + "-";
    std::error_code none;
    for (const auto& hierarchy : fs::directory_iterator("/sys/fs/cgroup", none))
      for (const auto& group : fs::directory_iterator(hierarchy.path(), none))
        EXPECT_NE(group.path().filename().string().rfind(mine, 0), 0u) << group.path();
    unsetenv("TMPDIR");
    fs::remove_all(temporary_);
  }

  Runner& runner() { return *all_[static_cast<std::size_t>(GetParam())]; }
  Outcome run(const std::string& command, milliseconds deadline = milliseconds(10000)) {
    return runner().run({{command}, deadline, false});
  }

 private:
  fs::path temporary_;
  std::vector<std::unique_ptr<Runner>> all_;
};

TEST_P(Runners, MarkInOrderAfterTheExec) {
  const Outcome o = run("hello");
  ASSERT_EQ(o.outcome, "ok") << o.errors;
  ASSERT_TRUE(o.entered && o.main && o.done);
  EXPECT_GT(o.exec, 0);
  EXPECT_LT(o.exec, *o.entered);
  EXPECT_LE(*o.entered, *o.main);
  EXPECT_LE(*o.main, *o.done);
}

TEST_P(Runners, BringTheAnswerBack) {
  const Outcome o = runner().run({{"syscall", "1000"}, milliseconds(10000), false});
  ASSERT_EQ(o.outcome, "ok") << o.errors;
  EXPECT_EQ(o.output.rfind("ns=", 0), 0u) << o.output;
  EXPECT_NE(o.output.find(" count=1000\n"), std::string::npos) << o.output;
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
  EXPECT_EQ(o.outcome.rfind("failed: e", 0), 0u)
      << o.outcome;  // "ended by signal" or "exit status"
}

TEST_P(Runners, SayWhatTheGuestSaidWhenItRefused) {
  const Outcome o = run("no-such-command");
  EXPECT_NE(o.outcome.find("no such command"), std::string::npos) << o.outcome;
}

TEST_P(Runners, ReadTheMemoryOfThePayloadNotOfTheLauncher) {
  const Outcome o = runner().run({{"wait"}, milliseconds(10000), true});
  ASSERT_EQ(o.outcome, "ok") << o.errors;
  ASSERT_TRUE(o.memory);
  EXPECT_GT(o.memory->private_, 0);
  EXPECT_LE(o.memory->private_, o.memory->pss);
  EXPECT_LE(o.memory->pss, o.memory->rss);
  EXPECT_LT(o.memory->rss, 512);  // KiB; a launcher's would be megabytes
}

std::string stack_of_index(const testing::TestParamInfo<int>& info) {
  return runners(STRATA_PROBE_GUEST)[static_cast<std::size_t>(info.param)]->stack();
}

INSTANTIATE_TEST_SUITE_P(Each, Runners,
                         testing::Range(0, static_cast<int>(runners(STRATA_PROBE_GUEST).size())),
                         stack_of_index);

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
