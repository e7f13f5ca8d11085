#pragma once

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "real-harness/runner.h"

namespace strata {

/// Each test runs with a folder for temporary files of its own, adopts what its children leave
/// behind, and ends with nothing in the one and none of the other.
class Tidy : public testing::Test {
 protected:
  void SetUp() override {
    namespace fs = std::filesystem;
    std::string pattern = (fs::temp_directory_path() / "strata-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    temporary_ = pattern;
    setenv("TMPDIR", pattern.c_str(), 1);
    ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  }

  void TearDown() override {
    namespace fs = std::filesystem;
    if (temporary_.empty()) return;
    EXPECT_TRUE(fs::is_empty(temporary_)) << "left behind: " << *fs::directory_iterator(temporary_);
    EXPECT_TRUE(no_process_is_left()) << "a process is left";
    const std::string mine = "strata-harness-" + std::to_string(getpid()) + "-";
    std::error_code none;
    for (const auto& hierarchy : fs::directory_iterator("/sys/fs/cgroup", none))
      for (const auto& group : fs::directory_iterator(hierarchy.path(), none))
        EXPECT_NE(group.path().filename().string().rfind(mine, 0), 0u) << group.path();
    unsetenv("TMPDIR");
    fs::remove_all(temporary_);
  }

  /// Waits until all children, adopted ones too, have ended, at most three seconds.
  static bool no_process_is_left() {
    for (int i = 0; i < 300; ++i) {
      while (waitpid(-1, nullptr, WNOHANG) > 0) {
      }
      if (waitpid(-1, nullptr, WNOHANG) < 0) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  const std::filesystem::path& temporary() const { return temporary_; }

 private:
  std::filesystem::path temporary_;
};

/// A test of each runner there is; skipped where the runner cannot run.
class EachRunner : public Tidy, public testing::WithParamInterface<int> {
 protected:
  void SetUp() override {
    Tidy::SetUp();
    if (const auto reason = tried().why_not)
      GTEST_SKIP() << runner().stack() << " cannot run here: " << *reason;
  }

  Runner& runner() { return *tried().runner; }

 private:
  struct Tried {
    std::unique_ptr<Runner> runner;
    std::optional<std::string> why_not;
  };

  /// A virtual machine takes seconds to find out whether it can run, so it is asked once.
  static Tried& tried() {
    static std::map<int, Tried> all;
    const auto [entry, is_new] = all.try_emplace(GetParam());
    Tried& tried = entry->second;
    if (is_new) {
      tried.runner = std::move(runners(STRATA_PROBE_GUEST)[static_cast<std::size_t>(GetParam())]);
      tried.why_not = tried.runner->cannot();
    }
    return tried;
  }
};

/// The runners that are wanted, as parameters of tests.
inline auto runners_where(bool (*wanted)(Runner&)) {
  const auto all = runners(STRATA_PROBE_GUEST);
  std::vector<int> out;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (wanted(*all[i])) out.push_back(static_cast<int>(i));
  return testing::ValuesIn(out);
}

inline auto every_runner() {
  return runners_where([](Runner&) { return true; });
}

/// Those whose instances have the host's time, and devices to measure.
inline auto runners_with_devices() {
  return runners_where([](Runner& runner) {
    return runner.clock() == "wall" && runner.has("serve") && runner.has("block");
  });
}

/// Those whose instances have the host's time, and a network.
inline auto runners_with_a_network() {
  return runners_where(
      [](Runner& runner) { return runner.clock() == "wall" && runner.has("serve"); });
}

inline auto container_runners() {
  return runners_where([](Runner& runner) {
    return runner.accel() == "native" &&
           (runner.stack().rfind("runc", 0) == 0 || runner.stack().rfind("crun", 0) == 0);
  });
}

inline std::string stack_of_index(const testing::TestParamInfo<int>& info) {
  return runners(STRATA_PROBE_GUEST)[static_cast<std::size_t>(info.param)]->stack();
}

/// A runner by its stack's id.
inline std::unique_ptr<Runner> runner_of(const std::string& stack) {
  for (auto& runner : runners(STRATA_PROBE_GUEST))
    if (runner->stack() == stack) return std::move(runner);
  return nullptr;
}

}  // namespace strata
