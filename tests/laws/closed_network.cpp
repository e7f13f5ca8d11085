// Does the closed network behave as queueing theory says? Expected values: closed forms of balanced
// networks and of the machine repairman, and the asymptotic bounds (Lazowska et al., Quantitative
// System Performance, 1984, chapters 5 and 6).

#include "models/calibrate/closed_network.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace strata {
namespace {

// K equal stations, no delay: X(N) = N / (D (N + K - 1)).
TEST(ClosedNetwork, OfEqualStationsHasItsClosedForm) {
  for (const int customers : {1, 2, 7, 40})
    EXPECT_NEAR(closed_network({500, 500, 500}, 0, customers).rate,
                customers / (500e-9 * (customers + 2)), 1e-6)
        << customers;
}

// One station S and a delay Z: utilisation is 1 - 1 / sum over k of N!/(N-k)! (S/Z)^k.
TEST(ClosedNetwork, OfOneStationAndADelayIsTheMachineRepairman) {
  const double s = 1000, z = 7000;
  const int customers = 12;
  double sum = 0, term = 1;
  for (int k = 0; k <= customers; ++k) {
    sum += term;
    term *= (customers - k) * s / z;
  }
  EXPECT_NEAR(closed_network({s}, z, customers).rate, (1 - 1 / sum) / (s * 1e-9), 1e-6);
}

TEST(ClosedNetwork, StaysBelowItsBoundsAndObeysLittlesLaw) {
  const std::vector<double> demands = {300, 2000, 700};
  const double delay = 9000, round = 12000;
  EXPECT_DOUBLE_EQ(closed_network(demands, delay, 1).latency, round);
  double before = 0;
  for (int customers = 1; customers <= 64; ++customers) {
    const Loaded at = closed_network(demands, delay, customers);
    EXPECT_LE(at.rate, std::min(customers / (round * 1e-9), 1 / 2000e-9) * (1 + 1e-12));
    EXPECT_GE(at.rate, before * (1 - 1e-12));
    EXPECT_NEAR(at.rate * at.latency * 1e-9, customers, 1e-9);
    before = at.rate;
  }
  EXPECT_NEAR(before, 1 / 2000e-9, 0.001 / 2000e-9);
}

// An arrival sees the network without itself: of one customer, nobody at work; of ever more, what
// the slowest station leaves of the others.
TEST(ClosedNetwork, AnArrivalFindsStationsAtWorkAsOftenAsTheOthersKeepThem) {
  const std::vector<double> demands = {300, 2000, 700};
  for (const double busy : closed_network(demands, 9000, 1).found_busy) EXPECT_EQ(busy, 0);
  const Loaded fewer = closed_network(demands, 9000, 11), at = closed_network(demands, 9000, 12);
  const Loaded all = saturated(demands);
  for (std::size_t k = 0; k < demands.size(); ++k) {
    EXPECT_NEAR(at.found_busy[k], fewer.rate * demands[k] * 1e-9, 1e-12);
    EXPECT_NEAR(closed_network(demands, 0, 4000).found_busy[k], all.found_busy[k], 1e-9);
  }
  EXPECT_NEAR(all.rate, 1 / 2000e-9, 1e-6);
}

}  // namespace
}  // namespace strata
