#include "real-harness/measuring/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "models/base/random.h"

namespace strata {
namespace {

TEST(Median, LiesInItsInterval) {
  const Median m = median_of({5, 1, 4, 2, 3}, "x");
  EXPECT_EQ(m.median, 3);
  EXPECT_LE(m.low, 3);
  EXPECT_GE(m.high, 3);
  EXPECT_EQ(m.samples, 5);
}

TEST(Median, OfOneSampleIsThatSample) {
  const Median m = median_of({7}, "x");
  EXPECT_EQ(m.low, 7);
  EXPECT_EQ(m.high, 7);
  EXPECT_EQ(m.p99, 7);
}

TEST(Median, IntervalHoldsTheTruthAboutAsOftenAsItSays) {
  Stream stream(1, "coverage");
  int held = 0;
  for (int i = 0; i < 200; ++i) {
    std::vector<double> samples(30);
    for (double& s : samples) s = stream.uniform();
    const Median m = median_of(samples, "x");
    held += m.low <= 0.5 && 0.5 <= m.high;
  }
  EXPECT_GE(held, 178);  // 95 % of 200 is 190; four standard deviations below
}

std::vector<double> drawn(Stream& stream, int n, double mean, double deviation) {
  const boost::math::normal normal(mean, deviation);
  std::vector<double> out;
  for (int i = 0; i < n; ++i) out.push_back(quantile(normal, stream.uniform()));
  return out;
}

TEST(Permutation, IsExactWhenSmall) {
  // Of the 20 ways to choose three of six, four put the medians 3 apart, and none further: 123
  // against 456, 124 against 356, and both the other way round.
  EXPECT_DOUBLE_EQ(permutation_p({1, 2, 3}, {4, 5, 6}, "x"), 0.2);
  EXPECT_DOUBLE_EQ(permutation_p({4, 5, 6}, {1, 2, 3}, "x"), 0.2);
  // {1} against {2}: both ways are as far apart.
  EXPECT_DOUBLE_EQ(permutation_p({1}, {2}, "x"), 1);
  EXPECT_DOUBLE_EQ(permutation_p({7, 7}, {7, 7}, "x"), 1);
}

TEST(Permutation, RandomArrangementsAgreeWithAllOfThem) {
  // 9 and 9 have 48620 arrangements, too many to try: counted here by bit masks.
  Stream stream(3, "permutation");
  const auto a = drawn(stream, 9, 0, 1), b = drawn(stream, 9, 0.8, 1);
  std::vector<double> all = a;
  all.insert(all.end(), b.begin(), b.end());
  const auto apart = [&](unsigned mask) {
    std::vector<double> one, two;
    for (unsigned i = 0; i < 18; ++i) (mask >> i & 1 ? one : two).push_back(all[i]);
    std::sort(one.begin(), one.end());
    std::sort(two.begin(), two.end());
    return std::abs(one[4] - two[4]);
  };
  const double observed = apart(0x1ff);
  int far = 0, count = 0;
  for (unsigned mask = 0; mask < 1U << 18; ++mask)
    if (__builtin_popcount(mask) == 9) ++count, far += apart(mask) >= observed - 1e-12;
  ASSERT_EQ(count, 48620);
  const double exact = static_cast<double>(far) / count;
  // Four standard deviations of a share of 9999 draws.
  EXPECT_NEAR(permutation_p(a, b, "x"), exact, 4 * std::sqrt(exact * (1 - exact) / 9999));
  EXPECT_EQ(permutation_p(a, b, "x"), permutation_p(a, b, "x"));
}

TEST(Permutation, RejectsTheTruthAsOftenAsItMay) {
  Stream stream(4, "level");
  int rejected = 0;
  for (int i = 0; i < 400; ++i)
    rejected += permutation_p(drawn(stream, 6, 0, 1), drawn(stream, 6, 0, 1), "x") <= 0.05;
  EXPECT_LE(rejected, 38);  // 5 % of 400 is 20; four standard deviations above
}

TEST(Ratio, OfMediansLiesInItsInterval) {
  Stream stream(5, "ratio");
  const auto base = drawn(stream, 40, 10, 0.5);
  std::vector<double> twice;
  for (const double x : drawn(stream, 40, 10, 0.5)) twice.push_back(2 * x);
  const MedianRatio r = ratio_of(twice, base, "x");
  EXPECT_NEAR(r.ratio, 2, 0.1);
  EXPECT_LT(r.low, r.ratio);
  EXPECT_GT(r.high, r.ratio);
  EXPECT_LT(r.p, 0.001);
}

TEST(Mixture, OfTwoModesIsFoundWithTheirPlacesAndShares) {
  Stream stream(6, "two modes");
  auto samples = drawn(stream, 30, 10, 0.5);
  for (const double x : drawn(stream, 20, 20, 0.5)) samples.push_back(x);
  const Mixture m = mixture_of(samples, "x");
  EXPECT_TRUE(m.found);
  EXPECT_NEAR(m.low, 10, 0.5);
  EXPECT_NEAR(m.high, 20, 0.5);
  EXPECT_DOUBLE_EQ(m.share, 0.6);
}

TEST(Mixture, IsFoundBesideAnOutlier) {
  Stream stream(7, "two modes");
  auto samples = drawn(stream, 20, 10, 0.5);
  for (const double x : drawn(stream, 20, 14, 0.5)) samples.push_back(x);
  samples.push_back(400);
  const Mixture m = mixture_of(samples, "x");
  EXPECT_TRUE(m.found);
  EXPECT_NEAR(m.high, 14, 0.5);
}

TEST(Mixture, IsSeldomFoundWhereThereIsOneMode) {
  Stream stream(8, "one mode");
  int normal = 0, skewed = 0;
  for (int i = 0; i < 60; ++i) {
    normal += mixture_of(drawn(stream, 30, 10, 1), "x").found;
    auto samples = drawn(stream, 30, 0, 0.5);
    for (double& x : samples) x = std::exp(x);  // as latencies are
    skewed += mixture_of(samples, "x").found;
  }
  EXPECT_LE(normal, 9);  // 5 % of 60 is 3; three and a half standard deviations above
  EXPECT_LE(skewed, 9);
}

TEST(Mixture, NeedsSamplesThatDiffer) {
  EXPECT_FALSE(mixture_of(std::vector<double>(30, 5.0), "x").found);
  EXPECT_FALSE(mixture_of({1, 1, 1, 9, 9, 9}, "x").found);
  std::vector<double> outlier(30, 5.0);
  outlier[0] = 50;
  EXPECT_FALSE(mixture_of(outlier, "x").found);
}

TEST(Equivalence, HoldsForRunsThatAgreeAndNotForOnesThatDoNot) {
  Stream stream(9, "runs");
  std::vector<std::vector<double>> alike, apart;
  for (int run = 0; run < 5; ++run) {
    alike.push_back(drawn(stream, 20, 100, 3));
    apart.push_back(drawn(stream, 20, 100 + 15 * run, 3));
  }
  const Equivalence same = equivalence_of(alike, 0.1, "x");
  EXPECT_TRUE(same.equivalent);
  EXPECT_LE(same.low, same.median);
  EXPECT_GE(same.high, same.median);
  EXPECT_FALSE(equivalence_of(apart, 0.1, "x").equivalent);
}

TEST(Equivalence, TakesTheRunNotTheSampleAsWhatVaries) {
  // Each run is within itself exact, so resampling samples would see hardly any spread; of three
  // runs drawn anew, all are the same with probability 1/9, so the 5 and 95 % points are extremes.
  const Equivalence e = equivalence_of({{90, 90, 90}, {100, 100, 100}, {115, 115, 115}}, 0.1, "x");
  EXPECT_EQ(e.median, 100);
  EXPECT_EQ(e.low, 90);
  EXPECT_EQ(e.high, 115);
  EXPECT_FALSE(e.equivalent);
  EXPECT_TRUE(
      equivalence_of({{90, 90, 90}, {100, 100, 100}, {115, 115, 115}}, 0.15, "x").equivalent);
}

}  // namespace
}  // namespace strata
