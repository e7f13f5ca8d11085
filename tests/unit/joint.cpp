// Do numbers that a fit knows only together go through their ranges together, each of them as it
// would alone? And is what laboratories differ by counted once?

#include "models/layers/joint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/layers/draws.h"

namespace strata {
namespace {

constexpr int kSets = 64;

Overlay two(double r) {
  Overlay overlay;
  overlay.numbers = {{"a", {}}, {"b", {}}};
  overlay.correlations = {{"a", "b", r}};
  return overlay;
}

Sourced<Duration> number(const std::string& id, double low, double value, double high) {
  Sourced<Duration> n;
  n.value = {value};
  n.low = {low};
  n.high = {high};
  n.id = id;
  return n;
}

double deviation(const std::vector<double>& values) {
  double mean = 0, squares = 0;
  for (const double v : values) mean += v / static_cast<double>(values.size());
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

TEST(Joint, EachNumberKeepsTheValuesItTakesAlone) {
  for (const auto& [id, together] : quantiles_together(two(-0.9), 1, kSets)) {
    std::vector<double> alone, sorted = together;
    for (int set = 1; set <= kSets; ++set) alone.push_back(Draws{1, set, kSets}.quantile(id));
    std::sort(alone.begin(), alone.end());
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, alone) << id;
  }
}

/// Of ln(a) + ln(b), both between 5 and 20 around 10.
std::vector<double> sums(const Overlay& overlay) {
  const auto together = quantiles_together(overlay, 1, kSets);
  std::vector<double> out;
  for (int set = 1; set <= kSets; ++set) {
    Joint joint;
    for (const auto& [id, quantiles] : together)
      joint.quantiles[id] = quantiles[static_cast<std::size_t>(set - 1)];
    Draws draws{1, set, kSets};
    draws.joint = &joint;
    const double a = draws(number("a", 5, 10, 20)), b = draws(number("b", 5, 10, 20));
    out.push_back(std::log(a) + std::log(b));
  }
  return out;
}

// The variance of a sum is (2 + 2 r) times that of a part.
TEST(Joint, ASumThatIsKnownWellIsDrawnSo) {
  const double part = std::log(2) / 1.6449;
  for (const double r : {-0.95, 0.0, 0.95})
    EXPECT_NEAR(deviation(sums(two(r))), part * std::sqrt(2 + 2 * r), 0.12 * part) << r;
}

// Three pairs cannot all be opposed: what is nearest to it is drawn, and no number is lost.
TEST(Joint, CorrelationsThatCannotBeAreReplaced) {
  Overlay overlay = two(-0.9);
  overlay.numbers["c"] = {};
  overlay.correlations.push_back({"a", "c", -0.9});
  overlay.correlations.push_back({"b", "c", -0.9});
  const auto together = quantiles_together(overlay, 1, kSets);
  EXPECT_EQ(together.size(), 3U);
  for (const auto& [id, quantiles] : together)
    for (const double u : quantiles) EXPECT_TRUE(0 < u && u < 1) << id;
}

std::vector<double> logs(const Sourced<Duration>& n, double between) {
  std::vector<double> out;
  for (int set = 1; set <= 4096; ++set) {
    Joint joint;
    joint.differs = Dimension::time;
    joint.between = between;
    Draws draws{1, set, 4096};
    joint.laboratory = between * std::log(two_piece_quantile(1, std::exp(-1.6449), std::exp(1.6449),
                                                             draws.quantile("laboratory")));
    draws.joint = &joint;
    out.push_back(std::log(draws(n)));
  }
  return out;
}

// A range of 10 +- a factor of 2 has a deviation of 0.42 already: with laboratories 0.2 apart in
// it.
TEST(Laboratories, AreCountedOnceInARangeThatHoldsThem) {
  const auto n = number("n", 5, 10, 20);
  EXPECT_NEAR(deviation(logs(n, 0)), std::log(2) / 1.6449, 0.01);
  EXPECT_NEAR(deviation(logs(n, 0.2)), std::log(2) / 1.6449, 0.01);
}

TEST(Laboratories, MoveANumberThatIsBetterKnownThanTheyAgree) {
  EXPECT_NEAR(deviation(logs(number("n", 9.9, 10, 10.1), 0.2)), 0.2, 0.005);
}

TEST(Laboratories, LeaveOtherDimensionsAndExactNumbersAlone) {
  Joint joint;
  joint.differs = Dimension::time;
  joint.between = joint.laboratory = 0.5;
  Draws drawn{1, 3, kSets}, alone{1, 3, kSets};
  drawn.joint = &joint;
  Sourced<Bytes> size;
  size.value = {100};
  size.low = {50};
  size.high = {200};
  size.id = "size";
  EXPECT_EQ(drawn(size), alone(size));
  EXPECT_EQ(drawn(number("exact", 10, 10, 10)), 10);
}

}  // namespace
}  // namespace strata
