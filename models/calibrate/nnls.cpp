#include "models/calibrate/nnls.h"

#include <Eigen/QR>
#include <algorithm>
#include <stdexcept>
#include <vector>

namespace strata {
namespace {

/// Least squares over the columns that are free; the others are zero.
Eigen::VectorXd solve_free(const Eigen::MatrixXd& a, const Eigen::VectorXd& b,
                           const std::vector<bool>& free) {
  std::vector<Eigen::Index> columns;
  for (Eigen::Index j = 0; j < a.cols(); ++j)
    if (free[static_cast<std::size_t>(j)]) columns.push_back(j);
  const Eigen::VectorXd part = a(Eigen::all, columns).colPivHouseholderQr().solve(b);
  Eigen::VectorXd x = Eigen::VectorXd::Zero(a.cols());
  for (std::size_t k = 0; k < columns.size(); ++k)
    x(columns[k]) = part(static_cast<Eigen::Index>(k));
  return x;
}

}  // namespace

Eigen::VectorXd nnls(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  const Eigen::Index n = a.cols();
  std::vector<bool> free(static_cast<std::size_t>(n), false);
  Eigen::VectorXd x = Eigen::VectorXd::Zero(n);
  // A gradient below this is rounding.
  const double tolerance = 1e-10 * (a.transpose() * b).lpNorm<Eigen::Infinity>() + 1e-300;
  for (Eigen::Index round = 0; round < 10 * n + 10; ++round) {
    const Eigen::VectorXd gradient = a.transpose() * (b - a * x);
    Eigen::Index steepest = -1;
    for (Eigen::Index j = 0; j < n; ++j)
      if (!free[static_cast<std::size_t>(j)] && gradient(j) > tolerance &&
          (steepest < 0 || gradient(j) > gradient(steepest)))
        steepest = j;
    if (steepest < 0) return x;
    free[static_cast<std::size_t>(steepest)] = true;
    while (true) {
      const Eigen::VectorXd wanted = solve_free(a, b, free);
      double step = 1;
      for (Eigen::Index j = 0; j < n; ++j)
        if (free[static_cast<std::size_t>(j)] && wanted(j) <= 0)
          step = std::min(step, x(j) / (x(j) - wanted(j)));
      x += step * (wanted - x);
      if (step == 1) break;
      for (Eigen::Index j = 0; j < n; ++j)
        if (free[static_cast<std::size_t>(j)] && (x(j) <= 1e-14 || wanted(j) <= 0) &&
            x(j) <= 1e-12 * (1 + x.maxCoeff())) {
          free[static_cast<std::size_t>(j)] = false;
          x(j) = 0;
        }
    }
  }
  throw std::domain_error("non-negative least squares does not settle");
}

}  // namespace strata
