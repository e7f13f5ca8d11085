// Is a number with a unit read and printed as people write it, and is nothing else read?

#include "models/base/units.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

namespace strata {
namespace {

using D = Dimension;

// Prefixes by definition: k 10^3, Ki 2^10; one byte is 8 bits; % is 1/100.
TEST(Units, ReadsEachDimensionInItsCanonicalUnit) {
  const struct {
    const char* text;
    Quantity expected;
  } cases[] = {
      {"1.4 ms", {1.4e6, D::time}},
      {"7 ns", {7, D::time}},
      {"2 min", {120e9, D::time}},
      {"1 h", {3600e9, D::time}},
      {"64 GiB", {64.0 * (1 << 30), D::bytes}},
      {"3 MB", {3e6, D::bytes}},
      {"4 KiB", {4096, D::bytes}},
      {"2 kB", {2000, D::bytes}},
      {"2.1 GHz", {2.1e9, D::frequency}},
      {"10 Gbit/s", {1.25e9, D::bandwidth}},
      {"1 MiB/s", {1048576, D::bandwidth}},
      {"0.18 ns/B", {0.18, D::time_per_byte}},
      {"250 /s", {250, D::rate}},
      {"3 k/s", {3000, D::rate}},
      {"12 %", {0.12, D::ratio}},
      {"3.5", {3.5, D::ratio}},
      {"-2 us", {-2000, D::time}},
      {"1e3 ms", {1e9, D::time}},
      {"  5\tms ", {5e6, D::time}},
      {"5ms", {5e6, D::time}},
  };
  for (const auto& c : cases) {
    const auto read = parse_quantity(c.text);
    ASSERT_TRUE(read) << c.text;
    EXPECT_EQ(read->dimension, c.expected.dimension) << c.text;
    EXPECT_DOUBLE_EQ(read->value, c.expected.value) << c.text;
  }
}

TEST(Units, RefusesWhatIsNoNumberWithAKnownUnit) {
  for (const char* text :
       {"5 parsecs", "", " ", "ms", "1,4 ms", "1.4.2 ms", "nan", "nan ms", "inf", "inf ms",
        "-inf ms", "+5 ms", "0x10 B", "1 m s", "1 MS", "1 ms 2", "1e400 ms"})
    EXPECT_FALSE(parse_quantity(text)) << "'" << text << "'";
}

// 1e308 s is a double, 1e317 ns is not.
TEST(Units, RefusesANumberThatItsUnitMakesInfinite) {
  EXPECT_FALSE(parse_quantity("1e308 s"));
  EXPECT_FALSE(parse_quantity("1e308 TiB"));
}

TEST(Units, ReadsItsOwnExamples) {
  for (const D d :
       {D::ratio, D::time, D::bytes, D::frequency, D::bandwidth, D::time_per_byte, D::rate}) {
    const auto read = parse_quantity(example(d));
    ASSERT_TRUE(read) << example(d);
    EXPECT_EQ(read->dimension, d) << example(d);
  }
}

TEST(Units, PrintsThreeSignificantDigitsInTheUnitThatFits) {
  EXPECT_EQ(print(Quantity{1.4e6, D::time}), "1.40 ms");
  EXPECT_EQ(print(Quantity{14e6, D::time}), "14.0 ms");
  EXPECT_EQ(print(Quantity{140e6, D::time}), "140 ms");
  EXPECT_EQ(print(Quantity{0.5, D::time}), "0.500 ns");
  EXPECT_EQ(print(Quantity{3600e9, D::time}), "3600 s");  // minutes and hours are read, not printed
  EXPECT_EQ(print(Quantity{64.0 * (1 << 30), D::bytes}), "64.0 GiB");
  EXPECT_EQ(print(Quantity{2.1e9, D::frequency}), "2.10 GHz");
  EXPECT_EQ(print(Quantity{1.25e9, D::bandwidth}), "10.0 Gbit/s");
  EXPECT_EQ(print(Quantity{0.18, D::time_per_byte}), "0.180 ns/B");
  EXPECT_EQ(print(Quantity{250, D::rate}), "250 /s");
  EXPECT_EQ(print(Quantity{0.12, D::ratio}), "0.120");
  EXPECT_EQ(print(Quantity{-1.4e6, D::time}), "-1.40 ms");
  EXPECT_EQ(print(Quantity{0, D::time}), "0.00 ns");
  EXPECT_EQ(print(Quantity{1.23456e6, D::time}, 5), "1.2346 ms");
  EXPECT_EQ(print(Duration{1.4e6}), "1.40 ms");
}

TEST(Units, PrintsAValueThatRoundsUpToTheNextUnitInThatUnit) {
  EXPECT_EQ(print(Quantity{999.9996e3, D::time}), "1.00 ms");
  EXPECT_EQ(print(Quantity{999.5001e3, D::time}), "1.00 ms");
  EXPECT_EQ(print(Quantity{999.4e3, D::time}), "999 us");
}

// 9.996 ms has the three digits 10.0, not 10.00: rounding may add a digit before the point.
TEST(Units, PrintsThreeDigitsWhenRoundingReachesAPowerOfTen) {
  EXPECT_EQ(print(Quantity{9.996e6, D::time}), "10.0 ms");
  EXPECT_EQ(print(Quantity{99.96e6, D::time}), "100 ms");
  EXPECT_EQ(print(Quantity{0.9996, D::ratio}), "1.00");
}

// Three significant digits are off by at most half of the last: 0.005 of 1.00, or 0.5 %.
TEST(Units, WhatIsPrintedReadsBackAsTheSameQuantity) {
  std::mt19937_64 bits(1);
  std::uniform_real_distribution<double> exponent(-1, 12);
  for (const D d :
       {D::ratio, D::time, D::bytes, D::frequency, D::bandwidth, D::time_per_byte, D::rate}) {
    for (int i = 0; i < 5000; ++i) {
      // Half of the values lie where rounding changes the number of digits.
      double value = std::pow(10, exponent(bits));
      if (i % 2) value = std::pow(10, std::round(exponent(bits))) * (1 - 1e-3 * exponent(bits));
      const Quantity quantity{value, d};
      const std::string once = print(quantity);
      const auto read = parse_quantity(once);
      ASSERT_TRUE(read) << once;
      EXPECT_EQ(read->dimension, d) << once;
      EXPECT_NEAR(read->value / value, 1, 0.005 + 1e-9) << once;
      EXPECT_EQ(print(*read), once);
    }
  }
}

template <class A, class B>
concept CanBeAdded = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept CanBeMultiplied = requires(A a, B b) {
  a* b;
};

TEST(Units, AmountsOfDifferentDimensionsDoNotMix) {
  static_assert(CanBeAdded<Duration, Duration>);
  static_assert(!CanBeAdded<Duration, Bytes>);
  static_assert(!CanBeAdded<Duration, double>);
  static_assert(CanBeMultiplied<TimePerByte, Bytes>);
  static_assert(!CanBeMultiplied<Duration, Bytes>);
}

TEST(Units, AmountsAddScaleAndCompare) {
  const Duration a{3}, b{5};
  EXPECT_EQ((a + b).value, 8);
  EXPECT_EQ((a - b).value, -2);
  EXPECT_EQ((a * 2).value, 6);
  EXPECT_EQ((2 * a).value, 6);
  EXPECT_DOUBLE_EQ(b / a, 5.0 / 3);
  EXPECT_LT(a, b);
  // 0.5 ns/B * 64 B = 32 ns; 125 MB at 1 Gbit/s = 125e6 B/s take 1 s = 1e9 ns.
  EXPECT_DOUBLE_EQ((TimePerByte{0.5} * Bytes{64}).value, 32);
  EXPECT_DOUBLE_EQ((Bytes{125e6} / Bandwidth{125e6}).value, 1e9);
}

}  // namespace
}  // namespace strata
