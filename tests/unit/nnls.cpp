// Non-negative least squares against the conditions of Karush, Kuhn and Tucker, which hold at the
// optimum and nowhere else, and against trying every set of columns.

#include "models/calibrate/nnls.h"

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <algorithm>
#include <limits>
#include <vector>

#include "models/base/random.h"

namespace strata {
namespace {

double of_all_sets(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  double best = b.squaredNorm();
  for (unsigned set = 1; set < 1U << a.cols(); ++set) {
    std::vector<Eigen::Index> columns;
    for (Eigen::Index j = 0; j < a.cols(); ++j)
      if (set >> j & 1U) columns.push_back(j);
    const Eigen::MatrixXd part = a(Eigen::all, columns);
    const Eigen::VectorXd x = part.colPivHouseholderQr().solve(b);
    if (x.minCoeff() >= 0) best = std::min(best, (b - part * x).squaredNorm());
  }
  return best;
}

TEST(Nnls, IsTheBestOfAllSetsOfColumnsAndKeepsKuhnAndTucker) {
  int bound = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Stream stream(seed, "nnls");
    const auto n = static_cast<Eigen::Index>(1 + seed % 6),
               m = static_cast<Eigen::Index>(n + seed % 4);
    Eigen::MatrixXd a(m, n);
    Eigen::VectorXd b(m);
    for (auto& x : a.reshaped()) x = 2 * stream.uniform() - 0.7;
    for (auto& x : b) x = 2 * stream.uniform() - 1;
    const Eigen::VectorXd x = nnls(a, b);
    ASSERT_GE(x.minCoeff(), 0);
    const Eigen::VectorXd gradient = a.transpose() * (b - a * x);
    EXPECT_LT(gradient.maxCoeff(), 1e-8);
    EXPECT_NEAR(gradient.dot(x), 0, 1e-8);
    EXPECT_NEAR((b - a * x).squaredNorm(), of_all_sets(a, b), 1e-9) << "seed " << seed;
    bound += (x.array() == 0).any();
  }
  EXPECT_GT(bound, 50);  // or the test would not try the bounds
}

}  // namespace
}  // namespace strata
