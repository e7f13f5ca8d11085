// Are random streams found by seed and name alone, independent of each other, and the same forever?

#include "models/base/random.h"

#include <Random123/philox.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace strata {
namespace {

// Known answers of Philox4x32-10 from the Random123 distribution (kat_vectors): counter and key all
// zero, all one, and digits of pi.
TEST(Random, TheLibrarysPhiloxGivesItsPublishedAnswers) {
  using Philox = r123::Philox4x32;
  const auto words = [](const Philox::ctr_type& c) {
    return std::vector<std::uint32_t>{c[0], c[1], c[2], c[3]};
  };
  const std::uint32_t f = 0xffffffff;
  EXPECT_EQ(words(Philox{}({{0, 0, 0, 0}}, {{0, 0}})),
            (std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(words(Philox{}({{f, f, f, f}}, {{f, f}})),
            (std::vector<std::uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(words(Philox{}({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
                           {{0xa4093822, 0x299f31d0}})),
            (std::vector<std::uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// Published results stand on this: draw i of a stream is the first 64 bits of Philox at counter
// (i, name) under the seed as key.
TEST(Random, AStreamIsPhiloxAtItsCountAndNameUnderItsSeed) {
  const std::uint64_t seed = 0x0123456789abcdef, name = hash("boot");
  Stream stream(seed, "boot");
  for (std::uint32_t i = 0; i < 5; ++i) {
    const auto out = r123::Philox4x32{}(
        {{i, 0, static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(name >> 32)}},
        {{0x89abcdef, 0x01234567}});
    EXPECT_EQ(stream.bits(), (std::uint64_t{out[1]} << 32) | out[0]);
  }
}

// The middle of one of 2^53 equal parts, so that neither 0 nor 1 can be drawn.
TEST(Random, AUniformDrawIsTheMiddleOfItsPart) {
  Stream bits(1, "x"), uniform(1, "x");
  for (int i = 0; i < 1000; ++i) {
    const auto part = static_cast<double>(bits.bits() / 2048);
    EXPECT_EQ(uniform.uniform(), std::ldexp(part, -53) + std::ldexp(1, -54));
  }
}

// Test vectors of FNV-1a, 64 bits (Fowler, Noll, Vo).
TEST(Random, NamesAreHashedByFnv1a) {
  EXPECT_EQ(hash(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(hash("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(hash("foobar"), 0x85944171f73967e8ULL);
}

TEST(Random, TheSameSeedAndNameGiveTheSameBytes) {
  Stream a(1, "x"), b(1, "x");
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(a.bits(), b.bits());
}

TEST(Random, AnotherSeedOrNameGivesOtherBytes) {
  std::set<std::uint64_t> first;
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    for (int name = 0; name < 100; ++name)
      first.insert(Stream(seed, "stream " + std::to_string(name)).bits());
  EXPECT_EQ(first.size(), 10000U);  // a repetition among 10^4 of 2^64 has probability 3e-12
}

TEST(Random, DrawingFromOneStreamMovesNoOther) {
  Stream alone(1, "x");
  std::vector<std::uint64_t> expected;
  for (int i = 0; i < 100; ++i) expected.push_back(alone.bits());
  Stream other(1, "y"), x(1, "x");
  for (int i = 0; i < 100; ++i) {
    for (int j = 0; j < i % 3; ++j) other.bits();
    EXPECT_EQ(x.bits(), expected[static_cast<std::size_t>(i)]);
  }
}

// The correlation of n independent pairs has standard deviation 1 / sqrt(n).
TEST(Random, StreamsOfDifferentNamesAreUncorrelated) {
  const int n = 100000;
  for (const auto& [first, second] :
       {std::pair{"a", "b"}, {"boot.cpu", "boot.wait"}, {"trial 1", "trial 2"}}) {
    Stream a(1, first), b(1, second);
    double product = 0;
    for (int i = 0; i < n; ++i) product += (a.uniform() - 0.5) * (b.uniform() - 0.5);
    EXPECT_NEAR(product / n * 12, 0, 5 / std::sqrt(n)) << first << " and " << second;
  }
}

// The Kolmogorov-Smirnov distance of n draws exceeds 2.2 / sqrt(n) once in 8000 times.
TEST(Random, UniformDrawsAreUniformInTheOpenInterval) {
  const std::size_t n = 100000;
  Stream stream(3, "uniform");
  std::vector<double> draws;
  for (std::size_t i = 0; i < n; ++i) {
    draws.push_back(stream.uniform());
    ASSERT_GT(draws.back(), 0);
    ASSERT_LT(draws.back(), 1);
  }
  std::sort(draws.begin(), draws.end());
  double distance = 0;
  for (std::size_t i = 0; i < n; ++i)
    distance = std::max(
        distance, std::abs(draws[i] - (static_cast<double>(i) + 0.5) / static_cast<double>(n)));
  EXPECT_LT(distance, 2.2 / std::sqrt(static_cast<double>(n)));
}

}  // namespace
}  // namespace strata
