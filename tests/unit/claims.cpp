// Do the rules decide as their words say? Expected values are worked by hand beside each.

#include <gtest/gtest.h>

#include "models/claims/influence.h"
#include "models/claims/verdict.h"
#include "models/layers/draws.h"

namespace strata {
namespace {

/// An experiment in which the number of a side is its `parallel`, or what its stack's name says.
Sample number(const Side& side) {
  if (side.stack == "slow") return {10, {8, 9, 10, 11, 12}};
  if (side.stack == "fast") return {1, {1, 1, 1, 1, 1}};
  if (side.stack == "unsure") return {10, {0.5, 0.5, 10, 11, 12}};
  if (side.stack == "published") return {4, {}};
  return {static_cast<double>(side.parallel), std::vector<double>(5, side.parallel)};
}

Rule ratio_above(const std::string& of, const std::string& to, double bound) {
  Rule rule;
  rule.kind = "ratio";
  rule.of.stack = of;
  rule.to.stack = to;
  rule.above = bound;
  return rule;
}

TEST(Claims, APartHoldsWhenNearlyAllDrawsAgree) {
  EXPECT_EQ(decide(ratio_above("slow", "fast", 7), {{}}, number).word, "supported");
  EXPECT_EQ(decide(ratio_above("slow", "fast", 13), {{}}, number).word, "refuted");
  // 2 of 5 draws are on the other side of what the stated value says.
  EXPECT_EQ(decide(ratio_above("unsure", "fast", 1), {{}}, number).word, "undetermined");
  EXPECT_DOUBLE_EQ(decide(ratio_above("unsure", "fast", 1), {{}}, number).points[0].holds, 0.6);
  // A published number stands against every draw: 8/4 to 12/4.
  EXPECT_EQ(decide(ratio_above("slow", "published", 1.9), {{}}, number).word, "supported");
}

TEST(Claims, AlongANumericAxisTheCrossoverIsInterpolatedInLogarithms) {
  // The number is n itself against 1, so n^1 crosses 20 at 20 exactly, on any grid.
  Rule rule = ratio_above("", "fast", 20);
  rule.along = "parallel";
  const Verdict found = decide(rule, {{"1", 1}, {"10", 10}, {"100", 100}}, number);
  EXPECT_EQ(found.word, "depends");
  EXPECT_EQ(found.on, "parallel");
  EXPECT_EQ(found.crossover, "turns at 20");
}

TEST(Claims, AlongOtherAxesItSaysForWhichItHolds) {
  Rule rule = ratio_above("", "published", 1.5);  // against 4: of slow 8/4 is the least
  rule.along = "stack";
  const Verdict found = decide(rule, {{"slow", {}}, {"fast", {}}, {"unsure", {}}}, number);
  EXPECT_EQ(found.word, "depends");
  EXPECT_EQ(found.crossover, "holds for slow; not for fast; open for unsure");
}

TEST(Claims, AMixTurnsWhereTheLinesCross) {
  // 2 + 2n against 10 + n cross at n = 8, which lies between the points.
  Rule rule;
  rule.kind = "mix";
  rule.of.parallel = 2;
  rule.of_each.parallel = 2;
  rule.to.parallel = 10;
  rule.to_each.parallel = 1;
  rule.above = 1;
  rule.per = {7, 9};
  rule.each = "calls";
  const auto at = [&](double n) { return (2 + n * 2) / (10 + n); };
  const Verdict found = decide(rule, {{"7", 7}, {"9", 9}}, number);
  for (const PointResult& p : found.points) EXPECT_DOUBLE_EQ(p.sample.value, at(*p.point.number));
  EXPECT_EQ(found.word, "depends");  // 16/17 and 20/19
  EXPECT_EQ(found.on, "calls");
  EXPECT_EQ(found.crossover, "turns at 8.02");  // nearly straight in logarithms
}

TEST(Claims, AllPartsOfAClaimMustHold) {
  const auto word = [](const std::string& text) {
    Verdict v;
    v.word = text;
    return v;
  };
  EXPECT_EQ(together({word("supported"), word("supported")}).word, "supported");
  EXPECT_EQ(together({word("supported"), word("depends")}).word, "depends");
  EXPECT_EQ(together({word("depends"), word("undetermined")}).word, "undetermined");
  EXPECT_EQ(together({word("undetermined"), word("refuted")}).word, "refuted");
}

TEST(Claims, TheParameterThatDecidesIsNamedFirst) {
  const auto number_called = [](const std::string& id) {
    Sourced<Quantity> n;
    n.value.value = 10;
    n.low.value = 5;
    n.high.value = 20;
    n.id = id;
    return n;
  };
  const std::vector<Sourced<Quantity>> numbers = {number_called("c"), number_called("b"),
                                                  number_called("a")};
  std::vector<double> answer;  // a^3 b: in logarithms 9 parts of the variance a's, 1 part b's
  for (int trial = 1; trial <= 2000; ++trial) {
    const Draws draw{1, trial};
    const double a = draw(numbers[2]), b = draw(numbers[1]);
    answer.push_back(a * a * a * b);
  }
  const auto found = influences(numbers, answer, 1, 3);
  ASSERT_EQ(found.size(), 2U);  // c has no part in it
  EXPECT_EQ(found[0].id, "a");
  // Normal in logarithms: Spearman's rho is 6/pi asin(r/2) of r = 0.9487, squared 0.886.
  EXPECT_NEAR(found[0].share, 0.886, 0.02);
  EXPECT_EQ(found[1].id, "b");
}

}  // namespace
}  // namespace strata
