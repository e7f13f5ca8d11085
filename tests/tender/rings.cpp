#include "real-harness/tender/rings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "real-harness/tender/net.h"
#include "tests/tender/mutated.h"

namespace strata {
namespace {

// A guest of 96 KiB, whose own part begins at 4 KiB with its rings. On the heap, so that the
// address sanitizer sees a byte behind it touched.
constexpr std::uint64_t kFirst = 4 << 10, kSize = 96 << 10, kRings = kFirst;
constexpr std::uint32_t kBuffers = kRings + sizeof(abi::Rings), kBuffer = 256;

/// Keeps what is sent and gives out what is to be received.
class Shelf : public Wire {
 public:
  explicit Shelf(const Bytes& memory) : memory_(memory) {}
  std::vector<std::string> sent;
  std::vector<std::string> waiting;
  std::size_t looked_at = 0;

  void send(std::span<const std::byte> frame) override {
    check(frame);
    if (++looked_at > 10'000) return;  // enough is kept
    sent.emplace_back(reinterpret_cast<const char*>(frame.data()), frame.size());
  }
  std::size_t receive(std::span<std::byte> buffer) override {
    check(buffer);
    if (waiting.empty()) return 0;
    const std::size_t size = std::min(buffer.size(), waiting.front().size());
    std::memcpy(buffer.data(), waiting.front().data(), size);
    waiting.erase(waiting.begin());
    return size;
  }

 private:
  /// It was given nothing but the guest's own memory.
  void check(std::span<const std::byte> bytes) const {
    EXPECT_GE(bytes.data(), memory_.data() + kFirst);
    EXPECT_LE(bytes.data() + bytes.size(), memory_.data() + memory_.size());
    EXPECT_LE(bytes.size(), abi::kMaxFrame);
  }
  const Bytes& memory_;
};

/// A guest that keeps the rules, as far as it is told to.
struct Guest {
  Bytes memory = Bytes(kSize);
  Progress progress;

  abi::Rings& rings() { return *reinterpret_cast<abi::Rings*>(memory.data() + kRings); }
  std::uint32_t buffer(std::uint32_t count) const {
    return kBuffers + count % (abi::kSlots + 4) * kBuffer;
  }
  void offer_to_send(const std::string& frame) {
    const std::uint32_t at = buffer(rings().send.offered);
    std::memcpy(memory.data() + at, frame.data(), frame.size());
    rings().send.slots[rings().send.offered++ % abi::kSlots] = {
        at, static_cast<std::uint32_t>(frame.size()), 0, 0};
  }
  void offer_to_receive(std::uint32_t size = kBuffer) {
    const std::uint32_t at = buffer(rings().receive.offered);
    rings().receive.slots[rings().receive.offered++ % abi::kSlots] = {at, size, 0, 0};
  }
  Moved work(Wire& wire) { return work_off(memory, kFirst, kRings, progress, wire); }
  std::string broken(Wire& wire) {
    try {
      work(wire);
    } catch (const BrokenRing& error) {
      return error.what();
    }
    return "";
  }
};

TEST(Rings, CarryFramesInTheirOrderRoundAndRound) {
  Guest guest;
  Shelf wire(guest.memory);
  guest.rings().send.offered = guest.rings().send.done = ~std::uint32_t{0} - 300;
  guest.progress.sent = ~std::uint32_t{0} - 300;  // the counter wraps on the way
  std::vector<std::string> frames;
  for (std::uint32_t i = 0; i < 3 * abi::kSlots; ++i) {
    frames.push_back(std::string(abi::kOffloadHeader, 0) + "frame " + std::to_string(i));
    guest.offer_to_send(frames.back());
    guest.offer_to_receive();
    wire.waiting.push_back(frames.back());
    if (i % 7 == 0) guest.work(wire);
  }
  guest.work(wire);
  EXPECT_EQ(wire.sent, frames);
  EXPECT_EQ(guest.rings().send.done, guest.rings().send.offered);
  EXPECT_EQ(guest.rings().receive.done, 3 * abi::kSlots);
  const std::uint32_t last = 3 * abi::kSlots - 1;
  EXPECT_EQ(guest.rings().receive.slots[last % abi::kSlots].filled, frames.back().size());
  EXPECT_EQ(std::memcmp(guest.memory.data() + guest.buffer(last), frames.back().data(),
                        frames.back().size()),
            0);
}

TEST(Rings, SayWhetherThereIsPlaceToReceive) {
  Guest guest;
  Shelf wire(guest.memory);
  EXPECT_TRUE(guest.work(wire).full);
  guest.offer_to_receive();
  EXPECT_FALSE(guest.work(wire).full);
  wire.waiting = {std::string(20, 'x'), std::string(20, 'y')};
  const Moved moved = guest.work(wire);
  EXPECT_EQ(moved.received, 1u);
  EXPECT_TRUE(moved.full);
  EXPECT_EQ(wire.waiting.size(), 1u);
}

TEST(Rings, CutAFrameAtTheBuffersEnd) {
  Guest guest;
  Shelf wire(guest.memory);
  guest.offer_to_receive(16);
  wire.waiting = {std::string(40, 'x')};
  guest.work(wire);
  EXPECT_EQ(guest.rings().receive.slots[0].filled, 16u);
  EXPECT_EQ(guest.memory[guest.buffer(0) + 16], std::byte{0});
}

TEST(Rings, SayWhichRuleWasBroken) {
  const auto broken = [](auto change) {
    Guest guest;
    guest.offer_to_send(std::string(60, 'x'));
    guest.offer_to_receive();
    change(guest);
    Shelf wire(guest.memory);
    return guest.broken(wire);
  };
  EXPECT_EQ(broken([](Guest&) {}), "");
  EXPECT_EQ(broken([](Guest& g) { g.rings().send.offered = abi::kSlots + 1; }),
            "its ring to send offers 257 slots and has 256");
  EXPECT_EQ(broken([](Guest& g) { g.rings().receive.offered = ~0U; }),
            "its ring to receive offers 4294967295 slots and has 256");
  for (const std::uint32_t address : {0U, 0xfffU, static_cast<std::uint32_t>(kSize - 59), ~0U})
    EXPECT_NE(broken([&](Guest& g) {
                g.rings().send.slots[0].address = address;
              }).find("its ring to send has a buffer of 60 bytes at address"),
              std::string::npos);
  for (const std::uint32_t size : {0U, 12U, abi::kMaxFrame + 1, ~0U})
    EXPECT_NE(broken([&](Guest& g) {
                g.rings().receive.slots[0].size = size;
              }).find("its ring to receive has a buffer of"),
              std::string::npos);
  Guest guest;
  Shelf wire(guest.memory);
  for (const std::uint64_t at :
       {std::uint64_t{0}, kRings + 1, kRings - 64, kSize - 64, kSize + 64, ~std::uint64_t{63}})
    EXPECT_THROW(work_off(guest.memory, kFirst, at, guest.progress, wire), BrokenRing) << at;
}

/// Any rings at all: each time they are worked off, a few bytes of them (half of the
/// times at the edges of their range) or whole slots are others than the guest meant.
TEST(Rings, SurviveAnyContents) {
  std::mt19937_64 random(1);  // the same rings in every run
  const auto edge = [&] {
    const std::uint64_t edges[] = {0,     1,         abi::kOffloadHeader, kFirst,
                                   kSize, kSize - 1, abi::kMaxFrame,      ~std::uint64_t{0}};
    return random() % 2 ? random() : edges[random() % 8];
  };
  long refused = 0;
  const long count = mutations();
  Guest guest;
  for (long i = 0; i < count; ++i) {
    std::ranges::fill(guest.memory, std::byte{0});
    guest.progress = {};
    Shelf wire(guest.memory);
    for (auto frames = random() % 20; frames > 0; --frames) {
      guest.offer_to_send(std::string(13 + random() % 200, 's'));
      guest.offer_to_receive();
      wire.waiting.push_back(std::string(13 + random() % 400, 'r'));
    }
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
      // Half of the times among the first slots and counters, which are looked at.
      const std::size_t ring = random() % 2 * sizeof(abi::Ring);
      const std::size_t at = ring + (random() % 2 ? random() % 256 : random() % sizeof(abi::Ring));
      const std::uint64_t value = edge();
      const std::size_t size = std::min(std::size_t{1} << random() % 4, sizeof(abi::Rings) - at);
      std::memcpy(guest.memory.data() + kRings + at, &value, size);
    }
    const std::uint64_t rings = random() % 8 ? kRings : edge();
    try {
      for (int call = 0; call < 3; ++call)
        work_off(guest.memory, kFirst, rings, guest.progress, wire);
    } catch (const BrokenRing&) {
      ++refused;
    }
    EXPECT_LE(wire.looked_at, 3 * abi::kSlots);
    const auto zero = [](std::byte b) { return b == std::byte{0}; };
    EXPECT_TRUE(std::all_of(guest.memory.begin(), guest.memory.begin() + kFirst, zero));
    if (HasFailure()) FAIL() << "rings " << i;
  }
  EXPECT_GT(refused, count / 10);      // the mutations reach what is checked,
  EXPECT_LT(refused, count / 10 * 9);  // and what comes behind it
}

}  // namespace
}  // namespace strata
