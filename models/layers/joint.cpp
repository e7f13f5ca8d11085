#include "models/layers/joint.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <numeric>

#include "models/layers/draws.h"

namespace strata {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Least eigenvalue of a correlation matrix that is still taken for positive.
constexpr double kLeast = 1e-9;

MatrixXd target(const Overlay& overlay, const std::vector<std::string>& ids) {
  const auto at = [&](const std::string& id) {
    return static_cast<Index>(std::lower_bound(ids.begin(), ids.end(), id) - ids.begin());
  };
  const auto k = static_cast<Index>(ids.size());
  MatrixXd c = MatrixXd::Identity(k, k);
  for (const Overlay::Correlation& each : overlay.correlations)
    c(at(each.a), at(each.b)) = c(at(each.b), at(each.a)) = each.r;
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solved(c);
  if (solved.eigenvalues()(0) >= kLeast) return c;
  c = solved.eigenvectors() * solved.eigenvalues().cwiseMax(kLeast).asDiagonal() *
      solved.eigenvectors().transpose();
  const VectorXd scale = c.diagonal().cwiseSqrt().cwiseInverse();
  return scale.asDiagonal() * c * scale.asDiagonal();
}

/// The columns' own correlation: drawn apart, but by chance not quite zero.
MatrixXd found(const MatrixXd& scores) {
  const MatrixXd centred = scores.rowwise() - scores.colwise().mean();
  const MatrixXd c = centred.transpose() * centred;
  const VectorXd scale = c.diagonal().cwiseSqrt().cwiseInverse();
  return scale.asDiagonal() * c * scale.asDiagonal();
}

/// The rows' numbers in the order of their values; equal ones as they stand.
std::vector<Index> order_of(const VectorXd& values) {
  std::vector<Index> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return values(a) < values(b); });
  return order;
}

}  // namespace

std::map<std::string, std::vector<double>> quantiles_together(const Overlay& overlay,
                                                              std::uint64_t seed, int n,
                                                              bool latin) {
  std::map<std::string, std::vector<double>> out;
  std::vector<std::string> ids;
  for (const auto& number : overlay.numbers) ids.push_back(number.first);
  const auto k = static_cast<Index>(ids.size());
  if (k == 0 || n == 0) return out;
  MatrixXd u(n, k);
  for (Index j = 0; j < k; ++j)
    for (int set = 1; set <= n; ++set)
      u(set - 1, j) = Draws{seed, set, latin ? n : 0}.quantile(ids[static_cast<std::size_t>(j)]);
  const boost::math::normal standard;
  MatrixXd scores = u.unaryExpr([&](double each) { return boost::math::quantile(standard, each); });
  const Eigen::LLT<MatrixXd> by_chance(found(scores));
  // With too few sets for so many numbers, what is there by chance cannot be taken out.
  if (n > k && by_chance.info() == Eigen::Success)
    scores = by_chance.matrixL().solve(scores.transpose()).transpose().eval();
  scores = scores * MatrixXd(target(overlay, ids).llt().matrixL()).transpose();
  for (Index j = 0; j < k; ++j) {
    VectorXd sorted = u.col(j);
    std::sort(sorted.begin(), sorted.end());
    const std::vector<Index> order = order_of(scores.col(j));
    std::vector<double> column(static_cast<std::size_t>(n));
    for (std::size_t rank = 0; rank < order.size(); ++rank)
      column[static_cast<std::size_t>(order[rank])] = sorted(static_cast<Index>(rank));
    out.emplace(ids[static_cast<std::size_t>(j)], std::move(column));
  }
  return out;
}

}  // namespace strata
