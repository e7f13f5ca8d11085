// Does the fit find what made the records? Truths are drawn from the priors, records made from
// them with noise; a parameter must lie within its own interval as often as a 90 % interval says.

#include "models/calibrate/fit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/base/random.h"
#include "models/base/sourced.h"

namespace strata {
namespace {

/// Six layers' prices in eight stacks: a record is the sum over the stack's layers, so one price
/// has to serve every stack it is in.
const Eigen::MatrixXd kStacks = (Eigen::MatrixXd(8, 6) << 1, 0, 0, 0, 0, 0,  //
                                 1, 1, 0, 0, 0, 0,                           //
                                 1, 0, 1, 0, 0, 0,                           //
                                 1, 1, 1, 0, 0, 0,                           //
                                 0, 1, 0, 2, 0, 0,                           //
                                 0, 0, 1, 1, 1, 0,                           //
                                 1, 0, 0, 1, 1, 0,                           //
                                 0, 1, 0, 0, 3, 0)
                                    .finished();
const double kStated[] = {34, 186, 900, 460, 1200, 77};
const double kNoise = 0.05;

std::vector<Prior> priors() {
  std::vector<Prior> out;
  for (int j = 0; j < 6; ++j)
    out.push_back({"price" + std::to_string(j), kStated[j], kStated[j] / (1.5 + 0.2 * j),
                   kStated[j] * (1.4 + 0.3 * j)});
  return out;
}

Eigen::MatrixXd sums(const Eigen::MatrixXd& prices) { return kStacks * prices; }

/// The longest of two chains, as a boot is: linear only piece by piece.
Eigen::MatrixXd longest(const Eigen::MatrixXd& prices) {
  Eigen::MatrixXd out = kStacks * prices;
  out.row(7) = (prices.row(1) + prices.row(2)).cwiseMax(3 * prices.row(4));
  return out;
}

double normal(Stream& stream) {
  return std::log(two_piece_quantile(1, std::exp(-1.6448536269514722), std::exp(1.6448536269514722),
                                     stream.uniform()));
}

Eigen::VectorXd truth(Stream& stream) {
  Eigen::VectorXd out(6);
  for (int j = 0; j < 6; ++j) {
    const Prior p = priors()[static_cast<std::size_t>(j)];
    out(j) = two_piece_quantile(p.value, p.low, p.high, stream.uniform());
  }
  return out;
}

std::vector<Observation> seen(const Eigen::VectorXd& exact, Stream& stream) {
  std::vector<Observation> out;
  for (Eigen::Index i = 0; i < exact.size(); ++i)
    out.push_back(
        {"record" + std::to_string(i), exact(i) * std::exp(kNoise * normal(stream)), kNoise});
  return out;
}

class Recovery : public testing::TestWithParam<Eigen::MatrixXd (*)(const Eigen::MatrixXd&)> {};

TEST_P(Recovery, ParametersLieWithinTheirIntervals) {
  std::vector<int> within(6, 0);
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    Stream stream(seed, "recovery");
    const Eigen::VectorXd true_prices = truth(stream);
    const Fit found = fit(priors(), seen(GetParam()(true_prices), stream), GetParam());
    for (std::size_t j = 0; j < 6; ++j) {
      const double t = true_prices(static_cast<Eigen::Index>(j));
      within[j] += found.parameters[j].low <= t && t <= found.parameters[j].high;
    }
  }
  // 1000 seeds, since 100 leave chance 3 in 100 either way: 85 of 100, and no more than 95.
  for (std::size_t j = 0; j < 6; ++j) {
    EXPECT_GE(within[j], 850) << "price" << j;
    EXPECT_LE(within[j], 950) << "price" << j;
  }
}
INSTANTIATE_TEST_SUITE_P(Kinds, Recovery, testing::Values(sums, longest));

// price5 is in no stack: it must be said so, and keep its range.
TEST(Fit, WhatNoRecordDependsOnKeepsItsRange) {
  Stream stream(1, "unseen");
  const Fit found = fit(priors(), seen(sums(truth(stream)), stream), sums);
  EXPECT_TRUE(found.linear);
  EXPECT_EQ(found.parameters[5].value, priors()[5].value);
  EXPECT_EQ(found.parameters[5].low, priors()[5].low);
  EXPECT_EQ(found.parameters[5].high, priors()[5].high);
  EXPECT_LT(found.parameters[5].learned, kIdentified);
  EXPECT_TRUE(found.parameters[5].records.empty());
  EXPECT_GT(found.parameters[0].learned, 0.9);
  EXPECT_EQ(found.parameters[0].records.front(), "record0");
}

// The system call is stated ten times too dear, its range with it; records are of the true price.
TEST(Fit, APriceTenTimesTooDearIsNamed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Stream stream(seed, "planted");
    Eigen::VectorXd stated(6);
    for (int j = 0; j < 6; ++j) stated(j) = kStated[j];
    auto wrong = priors();
    wrong[0].value *= 10, wrong[0].low *= 10, wrong[0].high *= 10;
    const auto said = contradictions(fit(wrong, seen(sums(stated), stream), sums));
    ASSERT_FALSE(said.empty());
    EXPECT_EQ(said.front().rfind("price0 is stated", 0), 0U) << said.front();
    for (const std::string& other : said) EXPECT_TRUE(other.rfind("price0", 0) == 0) << other;
  }
}

// One record in eight is wrong by a factor of three: the others decide.
TEST(Fit, OneWrongRecordDoesNotCarryTheOthersAway) {
  Stream stream(3, "outlier");
  const Eigen::VectorXd true_prices = truth(stream);
  auto records = seen(sums(true_prices), stream);
  records[3].value *= 3;
  const Fit found = fit(priors(), records, sums);
  for (int j : {0, 1, 2})
    EXPECT_NEAR(found.parameters[static_cast<std::size_t>(j)].value / true_prices(j), 1, 0.2);
  EXPECT_LT(found.residuals[3].weight, 0.2);
}

}  // namespace
}  // namespace strata
