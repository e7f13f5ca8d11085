#pragma once

#include <Eigen/Core>

namespace strata {

/// The x >= 0 that makes |A x - b| least, by the active-set method of Lawson and Hanson (Solving
/// Least Squares Problems, 1974, chapter 23). Eigen's own came after the release Debian 12 has.
///
/// Throws std::domain_error when it does not settle, which the method does for any A of finite
/// numbers.
Eigen::VectorXd nnls(const Eigen::MatrixXd& a, const Eigen::VectorXd& b);

}  // namespace strata
