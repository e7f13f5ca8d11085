// Does every distribution keep the moments and quantiles it is stated by?

#include "models/base/distribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "models/base/sourced.h"

namespace strata {
namespace {

struct Case {
  std::string name;
  Distribution distribution;
  double mean, variance;
};

/// The standard normal distribution function.
double phi(double z) { return std::erfc(-z / std::sqrt(2)) / 2; }

/// The k-th moment of a two-piece log-normal by Simpson's rule over the normal variable z: an
/// integral of x(z)^k times the normal density, where x(z) = median exp(s z) and s differs by side.
double two_piece_moment(double median, double low, double high, int k) {
  const double z95 = 1.6448536269514722;  // Phi(z95) = 0.95
  const double below = std::log(median / low) / z95, above = std::log(high / median) / z95;
  const int n = 200000;  // even
  const double from = -12, to = 12, h = (to - from) / n;
  double sum = 0;
  for (int i = 0; i <= n; ++i) {
    const double z = from + i * h;
    const double x = median * std::exp(z * (z < 0 ? below : above));
    const double weight = i == 0 || i == n ? 1 : (i % 2 ? 4 : 2);
    sum += weight * std::pow(x, k) * std::exp(-z * z / 2);
  }
  return sum * h / 3 / std::sqrt(2 * std::acos(-1));
}

std::vector<Case> cases() {
  const double m = two_piece_moment(2, 1, 5, 1);
  return {
      {"constant", Constant{3}, 3, 0},
      {"uniform", Uniform{2, 8}, 5, 36.0 / 12},  // (b - a)^2 / 12
      {"exponential", Exponential{4}, 4, 16},
      {"lognormal", LogNormal{5, 2}, 5, 4},
      {"wide lognormal", LogNormal{1, 1.5}, 1, 2.25},
      {"two-piece", TwoPieceLogNormal{2, 1, 5}, m, two_piece_moment(2, 1, 5, 2) - m * m},
      // Halves alike make it a log-normal: mean exp(s^2/2), variance (exp(s^2) - 1) exp(s^2).
      {"even two-piece", TwoPieceLogNormal{1, 0.5, 2},
       std::exp(std::pow(std::log(2) / 1.6448536269514722, 2) / 2),
       std::expm1(std::pow(std::log(2) / 1.6448536269514722, 2)) *
           std::exp(std::pow(std::log(2) / 1.6448536269514722, 2))},
      // Between 1 and 2 half of the time, between 2 and 6 the other half. Mean (1.5 + 4) / 2;
      // second moment (7/3 + 52/3) / 2 with the integral of x^2 over [a, b] (a^2 + ab + b^2) / 3.
      {"empirical", Empirical{{1, 2, 6}}, 2.75, 59.0 / 6 - 2.75 * 2.75},
      {"empirical of one", Empirical{{7}}, 7, 0},
  };
}

TEST(Distribution, StatesItsMeanAndVariance) {
  for (const Case& c : cases()) {
    EXPECT_NEAR(mean(c.distribution), c.mean, 1e-8 * c.mean) << c.name;
    EXPECT_NEAR(variance(c.distribution), c.variance, 1e-7 * (c.variance + 1e-3)) << c.name;
  }
}

// The mean of n draws is off by sigma / sqrt(n) on average, and by five times that once in
// 1.7 million. The variance's own error comes from the draws' fourth moment.
TEST(Distribution, DrawsHaveTheStatedMeanAndVariance) {
  const int n = 400000;
  for (const Case& c : cases()) {
    Stream stream(7, "distribution " + c.name);
    double sum = 0, second = 0, fourth = 0;
    for (int i = 0; i < n; ++i) {
      const double x = draw(c.distribution, stream);
      const double d = x - c.mean;
      sum += d;
      second += d * d;
      fourth += d * d * d * d;
    }
    const double of_mean = std::sqrt(c.variance / n);
    const double of_variance = std::sqrt((fourth / n - second / n * second / n) / n);
    EXPECT_NEAR(sum / n, 0, 5 * of_mean + 1e-12) << c.name;
    EXPECT_NEAR(second / n, c.variance, 5 * of_variance + 1e-12) << c.name;
  }
}

TEST(Distribution, QuantilesNeverFall) {
  for (const Case& c : cases()) {
    double last = quantile(c.distribution, 1e-6);
    for (int i = 1; i < 1000; ++i) {
      const double x = quantile(c.distribution, i / 1000.0);
      EXPECT_GE(x, last) << c.name << " at " << i;
      last = x;
    }
  }
}

// By hand: the median of an exponential is mean ln 2; of a log-normal mean / sqrt(1 + (s/m)^2).
TEST(Distribution, MediansAreThoseOfTheory) {
  EXPECT_NEAR(quantile(Exponential{4}, 0.5), 4 * std::log(2), 1e-12);
  EXPECT_NEAR(quantile(LogNormal{5, 2}, 0.5), 5 / std::sqrt(1 + 0.16), 1e-12);
  EXPECT_NEAR(quantile(Uniform{2, 8}, 0.25), 3.5, 1e-12);
  EXPECT_NEAR(quantile(Empirical{{1, 2, 6}}, 0.75), 4, 1e-12);
  EXPECT_EQ(quantile(LogNormal{5, 0}, 0.9), 5);
}

TEST(Distribution, ATwoPieceLogNormalHasExactlyTheStatedPercentiles) {
  for (const auto& [value, low, high] :
       {std::tuple{2.0, 1.0, 5.0}, {1e6, 9e5, 1e6}, {3.0, 3.0, 30.0}, {4.0, 1e-3, 4.1}}) {
    const Distribution d = TwoPieceLogNormal{value, low, high};
    EXPECT_NEAR(quantile(d, 0.05), low, 1e-12 * low);
    EXPECT_NEAR(quantile(d, 0.5), value, 1e-12 * value);
    EXPECT_NEAR(quantile(d, 0.95), high, 1e-12 * high);
    // Each half is a log-normal: the quarter point is median * (low / median)^(z25 / z05).
    const double share = 0.6744897501960817 / 1.6448536269514722;
    EXPECT_NEAR(quantile(d, 0.25), value * std::pow(low / value, share), 1e-9 * value);
    EXPECT_NEAR(quantile(d, 0.75), value * std::pow(high / value, share), 1e-9 * high);
  }
}

// Phi(1.5) of the draws lie below median * exp(1.5 s).
TEST(Distribution, QuantileInvertsTheNormalDistributionFunction) {
  const double s = std::log(5.0 / 2) / 1.6448536269514722;
  EXPECT_NEAR(two_piece_quantile(2, 1, 5, phi(1.5)), 2 * std::exp(1.5 * s), 1e-9);
}

TEST(Distribution, AnExactZeroStaysZero) {
  EXPECT_EQ(two_piece_quantile(0, 0, 0, 0.3), 0);
  EXPECT_EQ(mean(TwoPieceLogNormal{0, 0, 0}), 0);
  EXPECT_EQ(variance(TwoPieceLogNormal{0, 0, 0}), 0);
}

TEST(Distribution, IsReadFromWords) {
  const auto constant = parse_distribution(Dimension::time, "1.9 ms");
  ASSERT_TRUE(constant && std::holds_alternative<Constant>(*constant));
  EXPECT_DOUBLE_EQ(std::get<Constant>(*constant).value, 1.9e6);
  const auto uniform = parse_distribution(Dimension::time, "uniform 1 ms 2 ms");
  ASSERT_TRUE(uniform && std::holds_alternative<Uniform>(*uniform));
  EXPECT_DOUBLE_EQ(std::get<Uniform>(*uniform).low, 1e6);
  EXPECT_DOUBLE_EQ(std::get<Uniform>(*uniform).high, 2e6);
  const auto exponential = parse_distribution(Dimension::bytes, "exponential 10 KiB");
  ASSERT_TRUE(exponential && std::holds_alternative<Exponential>(*exponential));
  EXPECT_DOUBLE_EQ(std::get<Exponential>(*exponential).mean, 10240);
  const auto lognormal = parse_distribution(Dimension::time, "lognormal 1.9 ms 300 us");
  ASSERT_TRUE(lognormal && std::holds_alternative<LogNormal>(*lognormal));
  EXPECT_DOUBLE_EQ(std::get<LogNormal>(*lognormal).mean, 1.9e6);
  EXPECT_DOUBLE_EQ(std::get<LogNormal>(*lognormal).deviation, 3e5);
  const auto ratio = parse_distribution(Dimension::ratio, "uniform 0.5 2");
  ASSERT_TRUE(ratio && std::holds_alternative<Uniform>(*ratio));
  EXPECT_EQ(std::get<Uniform>(*ratio).high, 2);
  EXPECT_TRUE(parse_distribution(Dimension::ratio, "3"));
}

TEST(Distribution, RefusesWordsAndDimensionsThatDoNotFit) {
  for (const char* text :
       {"", "uniform", "uniform 1 ms", "uniform 2 ms 1 ms", "uniform 1 ms 2 ms 3 ms", "exponential",
        "exponential 1 ms 2 ms", "exponential -1 ms", "lognormal 1 ms", "lognormal 0 ms 1 ms",
        "lognormal 1 ms -1 ms", "normal 1 ms 2 ms", "1 ms 2 ms", "1", "1 GiB", "uniform 1 ms 2 GiB",
        "uniform 1 ms nan ms", "ms", "5 parsecs"})
    EXPECT_FALSE(parse_distribution(Dimension::time, text)) << "'" << text << "'";
}

}  // namespace
}  // namespace strata
