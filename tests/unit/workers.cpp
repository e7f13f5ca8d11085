#include "models/host/workers.h"

#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>

namespace strata {
namespace {

TEST(Workers, GiveResultsInTheOrderOfTasksWhateverTheNumberOfJobs) {
  const auto square = [](int task) { return std::to_string(task * task); };
  for (const int jobs : {1, 2, 7}) {
    const auto results = run_forked(20, jobs, square);
    ASSERT_EQ(results.size(), 20u);
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(results[static_cast<std::size_t>(i)].output, std::to_string(i * i));
  }
}

TEST(Workers, CarryOutputLongerThanAPipe) {
  const auto results = run_forked(
      2, 2, [](int task) { return std::string(1 << 20, static_cast<char>('a' + task)); });
  EXPECT_EQ(results[1].output, std::string(1 << 20, 'b'));
}

TEST(Workers, ACrashIsAResultWithItsReasonAndTheOthersGoOn) {
  const auto results = run_forked(3, 2, [](int task) -> std::string {
    if (task == 1) std::raise(SIGKILL);
    if (task == 2) throw std::runtime_error("no such phase");
    return "fine";
  });
  EXPECT_EQ(results[0].output, "fine");
  EXPECT_EQ(results[1].failure, "crashed: Killed");
  EXPECT_EQ(results[2].failure, "no such phase");
}

TEST(Workers, TellHowManyAreDone) {
  int last = 0;
  run_forked(
      5, 2, [](int) { return ""; }, [&](int done) { EXPECT_EQ(done, ++last); });
  EXPECT_EQ(last, 5);
}

}  // namespace
}  // namespace strata
