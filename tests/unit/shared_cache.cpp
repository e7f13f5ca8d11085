// Is what neighbours evict, and what they miss themselves, what a cache played access by access
// shows?

#include "models/layers/shared_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace strata {
namespace {

constexpr int kSets = 256, kWays = 16, kLines = kSets * kWays;

/// Least recently used first, set by set.
class Played {
 public:
  bool found(int line) {
    std::vector<int>& set = sets_[static_cast<std::size_t>(line % kSets)];
    const auto at = std::find(set.begin(), set.end(), line);
    const bool there = at != set.end();
    if (there)
      set.erase(at);
    else if (set.size() == kWays)
      set.erase(set.begin());
    set.push_back(line);
    return there;
  }

 private:
  std::vector<std::vector<int>> sets_ = std::vector<std::vector<int>>(kSets);
};

struct Shares {
  double evicted, spilled;
};

/// Two neighbours go round `theirs` lines between them, a line each a ns; the program uses one of
/// `own` lines, any, with a chance of `often` a ns.
Shares played(int theirs, int own, double often) {
  std::mt19937 random(1);
  std::vector<int> lines;
  for (int i = 0; i < own; ++i)
    lines.push_back(kLines * (i + 2) + static_cast<int>(random() % kSets));
  Played cache;
  double asked = 0, missed = 0, used = 0, gone = 0;
  constexpr int kRounds = 60;
  for (int t = 0; t < kRounds * theirs / 2; ++t) {
    const bool counted = t > kRounds * theirs / 6;
    for (const int first : {0, theirs / 2}) {
      const bool there = cache.found(first + t % (theirs / 2));
      if (counted) asked += 1, missed += !there;
    }
    if (std::uniform_real_distribution<>()(random) >= often) continue;
    const bool there = cache.found(lines[random() % lines.size()]);
    if (counted) used += 1, gone += !there;
  }
  return {gone / used, missed / asked};
}

Shares modelled(int theirs, int own, double often) {
  const SharedCache cache{kLines, kSets, 1, 2, static_cast<double>(theirs), 1, 0, 100, 100};
  CacheBeside now = undisturbed(cache);
  for (int step = 0; step < 50; ++step)
    now = next_beside(now, cache, [&](double t) { return own * (1 - std::exp(-often * t / own)); });
  return {std::exp(-often * now.kept / own), now.spilled};
}

TEST(SharedCache, OfNeighboursWhoFillItEvictsAndSpillsAsPlayed) {
  for (const double often : {0.005, 0.02, 0.1, 0.4})
    for (const int own : {50, 300, 1500}) {
      const Shares is = modelled(kLines, own, often), was = played(kLines, own, often);
      EXPECT_NEAR(is.evicted, was.evicted, 0.05) << own << " lines, " << often << " a ns";
      EXPECT_NEAR(is.spilled, was.spilled, 0.08) << own << " lines, " << often << " a ns";
    }
}

TEST(SharedCache, OfNeighboursWhoLeaveRoomKeepsWhatFitsInIt) {
  // Near 1,024 lines single sets are full already, which a mean does not know.
  for (const int own : {100, 600, 2000, 4000}) {
    const Shares is = modelled(kLines * 3 / 4, own, 0.2), was = played(kLines * 3 / 4, own, 0.2);
    EXPECT_NEAR(is.evicted, was.evicted, 0.05) << own << " lines";
    EXPECT_NEAR(is.spilled, was.spilled, 0.08) << own << " lines";
  }
}

TEST(SharedCache, MemoryTakesLongerTheMoreTheNeighboursSpillAndNoLongerThanWhenAllDo) {
  const SharedCache cache{kLines, kSets, 1, 2, kLines, 10, 0.3, 97, 227};
  double before = cache.fits;
  for (const double own : {0.0, 30.0, 300.0, 3000.0}) {
    CacheBeside now = undisturbed(cache);
    for (int step = 0; step < 50; ++step)
      now = next_beside(now, cache, [&](double t) { return own * (1 - std::exp(-t / own)); });
    EXPECT_GE(now.beyond, before) << own;
    EXPECT_LE(now.beyond, cache.spilling) << own;
    before = now.beyond;
  }
  EXPECT_NEAR(before, cache.spilling, 1);
}

TEST(SharedCache, OfSharesOfTheirOwnNothingIsEvictedAndNeighboursSpillWhatTheyHaveNoRoomFor) {
  const auto any = [](double t) { return t; };
  SharedCache cache{kLines, kSets, 0.5, 2, kLines, 10, 0.3, 97, 227};
  CacheBeside now = undisturbed(cache);
  for (int step = 0; step < 50; ++step) now = next_beside(now, cache, any);
  EXPECT_TRUE(std::isinf(now.kept));
  EXPECT_EQ(now.spilled, 1);
  EXPECT_NEAR(now.beyond, 227, 1e-6);
  cache.theirs = kLines / 2;
  EXPECT_EQ(next_beside(undisturbed(cache), cache, any).beyond, 97);
}

}  // namespace
}  // namespace strata
