// Does the memory ledger balance, to the byte?

#include "models/host/ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "tests/laws/draw.h"

namespace strata {
namespace {

using enum MemoryKind;

TEST(LedgerLaws, SharedMemoryCountsOnceWhileSomebodyHoldsIt) {
  Ledger ledger(1000);
  const auto image = ledger.identity("image"), other = ledger.identity("other");
  ledger.add(1, shared, 300, image);
  ledger.add(2, shared, 300, image);
  ledger.add(3, shared, 100, other);
  EXPECT_EQ(ledger.resident(), 400);
  ledger.remove(1);
  EXPECT_EQ(ledger.resident(), 400);
  ledger.add(1, shared, 350, image);  // touches a longer prefix than 2
  EXPECT_EQ(ledger.resident(), 450);
  ledger.remove(1, shared, 300, image);
  EXPECT_EQ(ledger.resident(), 400);
  ledger.remove(2);
  EXPECT_EQ(ledger.resident(), 150);
  ledger.remove(1);
  ledger.remove(3);
  EXPECT_EQ(ledger.resident(), 0);
  EXPECT_EQ(ledger.identity("image"), image);
}

TEST(LedgerLaws, MergeableMemoryCountsOnceFromTheScanOn) {
  Ledger ledger(1000);
  const auto zero = ledger.identity("zero pages");
  for (const int holder : {1, 2, 3}) ledger.add(holder, mergeable, 100, zero);
  EXPECT_EQ(ledger.resident(), 300);
  EXPECT_EQ(ledger.merge(zero), 200);
  EXPECT_EQ(ledger.resident(), 100);
  ledger.add(3, mergeable, 50, zero);  // waits for the next scan
  EXPECT_EQ(ledger.resident(), 150);
  ledger.remove(3, mergeable, 50, zero);  // what was not merged goes first
  EXPECT_EQ(ledger.resident(), 100);
  ledger.remove(1, mergeable, 10, zero);  // a write to a merged page unshares it
  ledger.add(1, private_, 10);
  EXPECT_EQ(ledger.resident(), 110);
  EXPECT_EQ(ledger.merge(zero), 0);
  for (const int holder : {1, 2, 3}) ledger.remove(holder);
  EXPECT_EQ(ledger.resident(), 0);
}

TEST(LedgerLaws, ConfiguredIsPromisedAndReclaimableComesBack) {
  Ledger ledger(1000);
  ledger.add(1, configured, 5000);
  EXPECT_EQ(ledger.resident(), 0);
  EXPECT_EQ(ledger.configured(), 5000);
  ledger.add(0, fixed, 400);
  ledger.add(1, reclaimable, 300);
  ledger.add(2, reclaimable, 200);
  EXPECT_TRUE(ledger.fits(100));
  EXPECT_FALSE(ledger.fits(101));
  EXPECT_EQ(ledger.reclaim(350), 350);
  EXPECT_EQ(ledger.held(1, reclaimable), 0);
  EXPECT_EQ(ledger.held(2, reclaimable), 150);
  EXPECT_EQ(ledger.reclaim(1000), 150);
  EXPECT_EQ(ledger.resident(), 400);
}

TEST(LedgerLaws, MisuseIsRefusedAndChangesNothing) {
  Ledger ledger(1000);
  const auto image = ledger.identity("image");
  ledger.add(1, private_, 10);
  EXPECT_THROW(ledger.remove(1, private_, 11), std::invalid_argument);
  EXPECT_THROW(ledger.add(1, private_, -1), std::invalid_argument);
  EXPECT_THROW(ledger.add(1, private_, 1, image), std::invalid_argument);
  EXPECT_THROW(ledger.add(1, shared, 1), std::invalid_argument);
  EXPECT_THROW(ledger.add(1, shared, 1, image + 1), std::invalid_argument);
  EXPECT_THROW(ledger.merge(0), std::invalid_argument);
  EXPECT_EQ(ledger.resident(), 10);
}

/// The same memory, kept so plainly that it cannot be wrong: every question adds everything up.
class PlainLedger {
 public:
  using Key = std::tuple<MemoryKind, Ledger::Identity, Ledger::Holder>;
  std::map<Key, std::int64_t> alone;  ///< bytes the holder has to itself
  std::map<Key, std::int64_t> once;   ///< bytes it shares with all others of the identity

  std::int64_t of(MemoryKind kind) const {
    std::int64_t sum = 0;
    std::map<Ledger::Identity, std::int64_t> largest;
    for (const auto& [key, bytes] : alone) sum += std::get<0>(key) == kind ? bytes : 0;
    for (const auto& [key, bytes] : once) {
      auto& most = largest[std::get<1>(key)];
      if (std::get<0>(key) == kind) most = std::max(most, bytes);
    }
    for (const auto& [identity, bytes] : largest) sum += bytes;
    return sum;
  }
  std::int64_t held(const Key& key) { return alone[key] + once[key]; }
  void add(const Key& key, std::int64_t bytes) {
    (std::get<0>(key) == shared ? once : alone)[key] += bytes;
  }
  void remove(const Key& key, std::int64_t bytes) {
    const std::int64_t first = std::min(bytes, alone[key]);
    alone[key] -= first;
    once[key] -= bytes - first;
  }
  void merge(Ledger::Identity identity) {
    for (auto& [key, bytes] : alone) {
      if (std::get<0>(key) == mergeable && std::get<1>(key) == identity) {
        once[key] += std::exchange(bytes, 0);
      }
    }
  }
};

TEST(LedgerLaws, RandomChangesBalanceToTheByte) {
  Draw draw(7);
  Ledger ledger(std::int64_t{1} << 40);
  PlainLedger plain;
  const std::vector<Ledger::Identity> identities = {ledger.identity("a"), ledger.identity("b")};
  for (int step = 0; step < 20'000; ++step) {
    const auto kind = static_cast<MemoryKind>(draw.below(kMemoryKinds));
    const Ledger::Holder holder = draw.below(8);
    const bool identified = kind == shared || kind == mergeable;
    const auto identity = identified ? identities[static_cast<std::size_t>(draw.below(2))] : 0;
    const PlainLedger::Key key{kind, identity, holder};
    const std::int64_t bytes = draw.below(1 << 20);
    switch (draw.below(6)) {
      case 0:
      case 1:
        ledger.add(holder, kind, bytes, identity);
        plain.add(key, bytes);
        break;
      case 2:
      case 3: {
        const std::int64_t part = std::min(bytes, plain.held(key));
        ledger.remove(holder, kind, part, identity);
        plain.remove(key, part);
        break;
      }
      case 4: {
        const std::int64_t before = plain.of(mergeable);
        plain.merge(identities[0]);
        ASSERT_EQ(ledger.merge(identities[0]), before - plain.of(mergeable));
        break;
      }
      default: {
        if (draw.below(20) > 0) break;
        ledger.remove(holder);
        std::erase_if(plain.alone, [&](auto& each) { return std::get<2>(each.first) == holder; });
        std::erase_if(plain.once, [&](auto& each) { return std::get<2>(each.first) == holder; });
      }
    }
    for (const MemoryKind each : {fixed, private_, shared, mergeable, configured, reclaimable}) {
      ASSERT_EQ(ledger.of(each), plain.of(each)) << name(each) << " after step " << step;
      ASSERT_GE(ledger.of(each), 0);
    }
    if (step % 100 == 0) {
      ASSERT_NO_THROW(ledger.check());
    }
  }
  const std::int64_t resident = ledger.resident(), cache = ledger.of(reclaimable);
  EXPECT_EQ(ledger.reclaim(cache / 2), cache / 2);
  EXPECT_EQ(ledger.resident(), resident - cache / 2);
  for (int holder = 0; holder < 8; ++holder) ledger.remove(holder);
  ledger.check();
  EXPECT_EQ(ledger.resident(), 0);
  EXPECT_EQ(ledger.configured(), 0);
}

}  // namespace
}  // namespace strata
