// Does a live migration behave as its theory says? Expected values: geometric series of rounds
// (Clark et al., NSDI 2005: each round sends what the one before left), worked out by hand.

#include "models/calibrate/precopy.h"

#include <gtest/gtest.h>

#include <cmath>

namespace strata {
namespace {

constexpr double kMemory = 1e9, kLink = 1e8;

TEST(Precopy, OfAGuestThatWritesNothingSendsItsMemoryOnce) {
  const Moved moved = migrate({.memory = kMemory, .link = kLink, .left = 4096});
  EXPECT_DOUBLE_EQ(moved.total, 10);
  EXPECT_DOUBLE_EQ(moved.sent, kMemory);
  EXPECT_DOUBLE_EQ(moved.downtime, 0);
  EXPECT_EQ(moved.rounds, 1);
}

// Round i takes M/R * q^i with q = D/R; after n rounds M q^n is left, and sent with the guest
// stopped: M/R * (1 - q^(n+1)) / (1 - q) in all.
TEST(Precopy, IsAGeometricSeries) {
  for (const double q : {0.1, 0.5, 0.9}) {
    const double left = 1e6;
    const Moved moved =
        migrate({.memory = kMemory, .dirty = q * kLink, .link = kLink, .left = left});
    const int rounds = static_cast<int>(std::ceil(std::log(left / kMemory) / std::log(q)));
    EXPECT_EQ(moved.rounds, rounds) << q;
    EXPECT_NEAR(moved.total, 10 * (1 - std::pow(q, rounds + 1)) / (1 - q), 1e-9) << q;
    EXPECT_NEAR(moved.downtime, 10 * std::pow(q, rounds), 1e-9) << q;
  }
}

TEST(Precopy, StopsTheGuestNoLongerThanItMay) {
  const Moved moved =
      migrate({.memory = kMemory, .dirty = 0.5 * kLink, .link = kLink, .downtime = 0.3});
  EXPECT_LE(moved.downtime, 0.3);
  EXPECT_EQ(moved.rounds, 6);  // 10 s halved six times is 0.16 s, five times 0.31
}

TEST(Precopy, NeverEndsForAGuestThatWritesFasterThanTheLinkSends) {
  EXPECT_TRUE(std::isinf(
      migrate({.memory = kMemory, .dirty = 2 * kLink, .link = kLink, .downtime = 0.3}).total));
}

// After n rounds, each of all its memory, the guest is stopped and all is sent once more.
TEST(Precopy, GivesUpAfterItsRounds) {
  const Moved moved =
      migrate({.memory = kMemory, .dirty = 2 * kLink, .link = kLink, .left = 4096, .rounds = 5});
  EXPECT_EQ(moved.rounds, 5);
  EXPECT_DOUBLE_EQ(moved.total, 60);
  EXPECT_DOUBLE_EQ(moved.downtime, 10);
}

}  // namespace
}  // namespace strata
