// First-order indices where theory gives them, a Latin hypercube's one value in each stratum, and
// Holm's own steps.

#include "models/calibrate/sobol.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace strata {
namespace {

Sourced<Quantity> number(double value, double factor) {
  return {{value, Dimension::time},
          {value / factor, Dimension::time},
          {value * factor, Dimension::time},
          {},
          false,
          ""};
}

// A sum of logarithms of log-normals is a sum of normals: each one's share is its variance over
// the sum of all. Spreads of 2, 2^2 and 2^3 have variances 1, 4 and 9 of 14.
TEST(Sobol, OfASumOfNormalsIsEachOnesShareOfTheVariance) {
  const Numbers numbers = {
      {"a", number(10, 2)}, {"b", number(5, 4)}, {"c", number(7, 8)}, {"idle", number(3, 9)}};
  const auto f = [](const Values& v) {
    const auto log = [&](const char* id, double stated) {
      return std::log(v.contains(id) ? v.at(id) : stated);
    };
    return log("a", 10) + log("b", 5) - log("c", 7);
  };
  const auto found = first_order(f, numbers, 4096, 1);
  ASSERT_EQ(found.size(), 3U);  // "idle" changes nothing
  EXPECT_EQ(found[0].id, "c");
  EXPECT_NEAR(found[0].first_order, 9 / 14.0, 0.05);
  EXPECT_NEAR(found[1].first_order, 4 / 14.0, 0.05);
  EXPECT_NEAR(found[2].first_order, 1 / 14.0, 0.05);
}

// Of a product of two centred variables neither explains anything alone.
TEST(Sobol, OfAnInteractionIsNothing) {
  const Numbers numbers = {{"a", number(1, 2)}, {"b", number(1, 2)}};
  const auto f = [](const Values& v) {
    const auto log = [&](const char* id) { return v.contains(id) ? std::log(v.at(id)) : 0.3; };
    return log("a") * log("b");
  };
  for (const SobolIndex& i : first_order(f, numbers, 4096, 1))
    EXPECT_LT(i.first_order, 0.08) << i.id;
}

TEST(LatinHypercube, TakesOneValueOfEachStratum) {
  const auto sets = latin_hypercube({{"a", number(10, 2)}, {"b", number(10, 2)}}, 64, 1);
  std::set<int> strata;
  int paired = 0;
  for (const Values& v : sets) {
    // The median of such a number is its value, its logarithm normal: the stratum from theory.
    const auto stratum = [](double x) {
      return static_cast<int>(
          64 * 0.5 *
          std::erfc(-std::log(x / 10) / (std::log(2) / 1.6448536269514722) / std::sqrt(2.0)));
    };
    strata.insert(stratum(v.at("a")));
    paired += stratum(v.at("a")) == stratum(v.at("b"));
  }
  EXPECT_EQ(strata.size(), 64U);
  EXPECT_LT(paired, 10);  // the orders are independent: 1 expected
}

// Sorted 0.005 0.01 0.03 0.04 times 4 3 2 1 is 0.02 0.03 0.06 0.04; none may be below the one
// before.
TEST(Holm, StepsDown) {
  const auto p = holm({0.01, 0.04, 0.03, 0.005});
  EXPECT_DOUBLE_EQ(p[0], 0.03);
  EXPECT_DOUBLE_EQ(p[1], 0.06);
  EXPECT_DOUBLE_EQ(p[2], 0.06);
  EXPECT_DOUBLE_EQ(p[3], 0.02);
}

}  // namespace
}  // namespace strata
