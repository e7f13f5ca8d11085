// Does a number keep its value, range and source whatever is done with it?

#include "models/base/sourced.h"

#include <gtest/gtest.h>

#include <cmath>

namespace strata {
namespace {

TEST(Sourced, LosesNothingWhenItsTypeIsErasedAndRestored) {
  const Sourced<Duration> n{{3},  {2},         {5}, {Evidence::cited, "k", "k, where", "f.toml", 7},
                            true, "f.toml:a.b"};
  const Sourced<Quantity> erased = erase(n);
  EXPECT_EQ(erased.value, (Quantity{3, Dimension::time}));
  const Sourced<Duration> back = restore<Dimension::time>(erased);
  EXPECT_EQ(back.value, n.value);
  EXPECT_EQ(back.low, n.low);
  EXPECT_EQ(back.high, n.high);
  EXPECT_EQ(back.id, n.id);
  EXPECT_TRUE(back.range_is_default);
  EXPECT_EQ(back.source.evidence, Evidence::cited);
  EXPECT_EQ(back.source.key, "k");
  EXPECT_EQ(back.source.words, "k, where");
  EXPECT_EQ(back.source.file, "f.toml");
  EXPECT_EQ(back.source.line, 7);
}

TEST(Sourced, AStructuralNumberIsExactAndSaysWhy) {
  const Sourced<Ratio> n = structural(2, "two legs");
  EXPECT_EQ(n.value.value, 2);
  EXPECT_EQ(n.low.value, 2);
  EXPECT_EQ(n.high.value, 2);
  EXPECT_EQ(n.source.words, "the model's structure: two legs");
  EXPECT_EQ(n.id, "");
}

// The logarithm of a product of log-normals has the sum of their variances: with factors of 2 and 3
// at the 95th percentile, the product's is exp(sqrt(ln^2 2 + ln^2 3)) above its median 10 * 5.
TEST(Sourced, AProductSpreadsAsTheProductOfTwoLogNormals) {
  const Sourced<Ratio> count{{10}, {5}, {20}, {Evidence::cited, "a", "a", "", 0}, false, "n"};
  const Sourced<Duration> each{{5},   {5.0 / 3}, {15}, {Evidence::measured, "", "b", "", 0},
                               false, "d"};
  const Sourced<Duration> n = product(count, each, "id");
  const double spread = std::exp(std::sqrt(std::log(2) * std::log(2) + std::log(3) * std::log(3)));
  EXPECT_NEAR(n.value.value, 50, 1e-12);
  EXPECT_NEAR(n.low.value, 50 / spread, 1e-9);
  EXPECT_NEAR(n.high.value, 50 * spread, 1e-9);
  EXPECT_EQ(n.id, "id");
  EXPECT_EQ(n.source.words, "a; times b");
}

TEST(Sourced, AProductIsAssumedIfEitherFactorIs) {
  const auto of = [](Evidence a, Evidence b) {
    const Sourced<Ratio> count{{1}, {1}, {1}, {a, "", "a", "", 0}, false, ""};
    const Sourced<Duration> each{{1}, {1}, {1}, {b, "", "b", "", 0}, false, ""};
    return product(count, each, "").source.evidence;
  };
  EXPECT_EQ(of(Evidence::assumed, Evidence::cited), Evidence::assumed);
  EXPECT_EQ(of(Evidence::measured, Evidence::assumed), Evidence::assumed);
  EXPECT_NE(of(Evidence::measured, Evidence::cited), Evidence::assumed);
}

}  // namespace
}  // namespace strata
