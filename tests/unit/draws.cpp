// Does a draw depend on seed, trial and the number's name alone?

#include "models/layers/draws.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace strata {
namespace {

Sourced<Duration> number(const std::string& id) { return {{10}, {8}, {15}, {}, false, id}; }

TEST(Draws, TheFirstTrialTakesEveryNumberAsStated) { EXPECT_EQ((Draws{9, 0}(number("a"))), 10); }

TEST(Draws, TwoStacksThatShareANumberShareItsDraw) {
  Sourced<Duration> elsewhere = number("a");
  elsewhere.source.line = 99;
  EXPECT_EQ((Draws{1, 3}(number("a"))), (Draws{1, 3}(elsewhere)));
}

TEST(Draws, AnotherNameTrialOrSeedIsAnotherDraw) {
  const double first = Draws{1, 1}(number("a"));
  EXPECT_NE(first, (Draws{1, 1}(number("b"))));
  EXPECT_NE(first, (Draws{1, 2}(number("a"))));
  EXPECT_NE(first, (Draws{2, 1}(number("a"))));
}

TEST(Draws, AnExactNumberIsNeverDrawn) {
  EXPECT_EQ((Draws{1, 7}(Sourced<Duration>{{0}, {0}, {0}, {}, false, "zero"})), 0);
  EXPECT_EQ((Draws{1, 7}(Sourced<Duration>{{4}, {4}, {4}, {}, false, "four"})), 4);
}

// Shares of 5, 50 and 95 % lie below 8, 10 and 15. Their standard error is sqrt(p (1 - p) / n).
TEST(Draws, TrialsSpreadAsTheRangeSays) {
  const int n = 20000;
  int low = 0, median = 0, high = 0;
  for (int trial = 1; trial <= n; ++trial) {
    const double x = Draws{1, trial}(number("a"));
    low += x < 8;
    median += x < 10;
    high += x < 15;
  }
  EXPECT_NEAR(low / double(n), 0.05, 5 * std::sqrt(0.05 * 0.95 / n));
  EXPECT_NEAR(median / double(n), 0.5, 5 * std::sqrt(0.25 / n));
  EXPECT_NEAR(high / double(n), 0.95, 5 * std::sqrt(0.05 * 0.95 / n));
}

// McKay et al.: each of n sets takes a number from another n-th of its distribution, so a smooth
// number's n draws fill every stratum once. Below the value lies half of a two-piece range.
TEST(Draws, ALatinHypercubeTakesOneValueOfEachStratum) {
  int below = 0;
  for (int trial = 1; trial <= 64; ++trial) {
    const double x = Draws{1, trial, 64}(number("a"));
    below += x < 10;
    EXPECT_EQ(x, (Draws{1, trial + 64, 64}(number("a"))));
  }
  EXPECT_EQ(below, 32);
}

}  // namespace
}  // namespace strata
