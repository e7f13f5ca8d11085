#include "models/calibrate/fit.h"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <unsupported/Eigen/LevenbergMarquardt>

#include "models/calibrate/nnls.h"

namespace strata {
namespace {

constexpr double kZ95 = 1.6448536269514722;  // standard normal's 95th percentile
constexpr double kHuber = 1.345;             // 95 % efficient under a normal (Huber 1964)
constexpr double kEfficiency = 0.95;         // so its variance is that much larger than the least
constexpr double kContradiction = 3;         // standard deviations

/// Standard deviations of the logarithm on either side of the prior's value.
double below(const Prior& p) { return std::log(p.value / p.low) / kZ95; }
double above(const Prior& p) { return std::log(p.high / p.value) / kZ95; }

/// The problem in logarithms. Rows: observations, then priors; each divided by its sigma and
/// multiplied by the root of its Huber weight.
class Rows : public Eigen::DenseFunctor<double> {
 public:
  Rows(const std::vector<Prior>& priors, const std::vector<Observation>& seen,
       const Predict& predict, double step)
      : DenseFunctor(static_cast<int>(priors.size()),
                     static_cast<int>(priors.size() + seen.size())),
        priors_(priors),
        seen_(seen),
        predict_(predict),
        step_(step),
        weights(Eigen::VectorXd::Ones(values())) {}

  /// Standardised, before weights.
  Eigen::VectorXd plain(const Eigen::VectorXd& x) const { return rows_of(x, predicted(x)); }

  Eigen::VectorXd predicted(const Eigen::VectorXd& x) const {
    return predict_(x.array().exp().matrix());
  }

  int operator()(const InputType& x, ValueType& out) const {
    out = weights.cwiseSqrt().cwiseProduct(plain(x));
    return out.allFinite() ? 0 : -1;
  }

  int df(const InputType& x, JacobianType& out) const {
    out = weights.cwiseSqrt().asDiagonal() * slopes(x);
    return 0;
  }

  /// Central differences, all in one call of predict.
  Eigen::MatrixXd slopes(const Eigen::VectorXd& x) const {
    const Eigen::Index n = x.size();
    Eigen::MatrixXd at = x.replicate(1, 2 * n);
    for (Eigen::Index j = 0; j < n; ++j) at(j, 2 * j) += step_, at(j, 2 * j + 1) -= step_;
    const Eigen::MatrixXd there = predict_(at.array().exp().matrix());
    Eigen::MatrixXd out = Eigen::MatrixXd::Zero(values(), n);
    for (Eigen::Index j = 0; j < n; ++j) {
      for (Eigen::Index i = 0; i < there.rows(); ++i)
        out(i, j) = -std::log(there(i, 2 * j) / there(i, 2 * j + 1)) / (2 * step_) /
                    seen_[static_cast<std::size_t>(i)].sigma;
      out(there.rows() + j, j) = 1 / spread(j, x(j));
    }
    return out;
  }

  /// Of the prior, on the side where x lies.
  double spread(Eigen::Index j, double x) const {
    const Prior& p = priors_[static_cast<std::size_t>(j)];
    return x < std::log(p.value) ? below(p) : above(p);
  }

 private:
  Eigen::VectorXd rows_of(const Eigen::VectorXd& x, const Eigen::VectorXd& prediction) const {
    const auto n = static_cast<Eigen::Index>(seen_.size());
    Eigen::VectorXd out(values());
    for (Eigen::Index i = 0; i < n; ++i) {
      const Observation& o = seen_[static_cast<std::size_t>(i)];
      out(i) = std::log(o.value / prediction(i)) / o.sigma;
    }
    for (Eigen::Index j = 0; j < x.size(); ++j)
      out(n + j) = (x(j) - std::log(priors_[static_cast<std::size_t>(j)].value)) / spread(j, x(j));
    return out;
  }

  const std::vector<Prior>& priors_;
  const std::vector<Observation>& seen_;
  const Predict& predict_;
  const double step_;

 public:
  Eigen::VectorXd weights;
};

Eigen::VectorXd huber(const Eigen::VectorXd& rows) {
  return rows.unaryExpr(
      [](double r) { return std::min(1.0, kHuber / std::max(std::abs(r), 1e-300)); });
}

/// Where non-negative least squares puts linear predictions, or nothing when they are not linear.
bool linear_start(const std::vector<Prior>& priors, const std::vector<Observation>& seen,
                  const Predict& predict, Eigen::VectorXd& start) {
  const auto n = static_cast<Eigen::Index>(priors.size());
  const auto m = static_cast<Eigen::Index>(seen.size());
  Eigen::VectorXd stated(n), shifted(n), width(n);
  for (Eigen::Index j = 0; j < n; ++j) {
    const Prior& p = priors[static_cast<std::size_t>(j)];
    stated(j) = p.value;
    shifted(j) = p.value * (0.55 + 0.8 * static_cast<double>(j % 7) / 6);
    width(j) = (p.high - p.low) / (2 * kZ95);
  }
  Eigen::MatrixXd at(n, n + 2);
  at << stated.replicate(1, n), stated, shifted;
  for (Eigen::Index j = 0; j < n; ++j) at(j, j) *= 1.01;
  const Eigen::MatrixXd there = predict(at);
  if (!there.allFinite()) return false;
  Eigen::MatrixXd slope(m, n);
  for (Eigen::Index j = 0; j < n; ++j)
    slope.col(j) = (there.col(j) - there.col(n)) / (0.01 * stated(j));
  const Eigen::VectorXd offset = there.col(n) - slope * stated;
  const Eigen::VectorXd extrapolated = slope * shifted + offset;
  for (Eigen::Index i = 0; i < m; ++i)
    if (std::abs(extrapolated(i) - there(i, n + 1)) > 1e-6 * std::abs(there(i, n + 1)))
      return false;
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(m + n, n);
  Eigen::VectorXd b(m + n);
  for (Eigen::Index i = 0; i < m; ++i) {
    const Observation& o = seen[static_cast<std::size_t>(i)];
    a.row(i) = slope.row(i).cwiseProduct(stated.transpose()) / (o.value * o.sigma);
    b(i) = (o.value - offset(i)) / (o.value * o.sigma);
  }
  for (Eigen::Index j = 0; j < n; ++j) {
    a(m + j, j) = stated(j) / width(j);
    b(m + j) = stated(j) / width(j);
  }
  const Eigen::VectorXd times = nnls(a, b);  // of the stated values
  for (Eigen::Index j = 0; j < n; ++j)
    start(j) = std::log(stated(j) * std::clamp(times(j), 1e-3, 1e3));
  return true;
}

struct Optimum {
  Eigen::VectorXd x, rows, weights;
  Eigen::MatrixXd slopes;  ///< weighted
  bool linear = false;
};

/// From `x`, in logarithms.
Optimum minimise(const std::vector<Prior>& priors, const std::vector<Observation>& seen,
                 const Predict& predict, const Effort& effort, Eigen::VectorXd x) {
  Rows rows(priors, seen, predict, effort.step);
  Optimum best;
  best.linear = linear_start(priors, seen, predict, x);
  rows.weights = huber(rows.plain(x));
  for (int round = 0; round < effort.reweightings; ++round) {
    const Eigen::VectorXd before = x;
    Eigen::LevenbergMarquardt<Rows> method(rows);
    method.setMaxfev(effort.evaluations);
    method.setXtol(effort.tolerance);
    method.setFtol(effort.tolerance);
    method.minimize(x);
    rows.weights = huber(rows.plain(x));
    if ((x - before).lpNorm<Eigen::Infinity>() < 0.05 * effort.step) break;
  }
  best.x = x;
  best.rows = rows.plain(x);
  best.weights = rows.weights;
  best.slopes = rows.weights.cwiseSqrt().asDiagonal() * rows.slopes(x);
  return best;
}

/// Covariance of the logarithms if the priors had that spread on both sides. At the optimum a
/// two-piece prior has two curvatures; the interval's two ends take one each.
Eigen::MatrixXd covariance_of(const Optimum& best, const std::vector<Prior>& priors,
                              double (*side)(const Prior&)) {
  const auto n = static_cast<Eigen::Index>(priors.size());
  const Eigen::Index m = best.slopes.rows() - n;
  Eigen::MatrixXd known = best.slopes.topRows(m).transpose() * best.slopes.topRows(m);
  for (Eigen::Index j = 0; j < n; ++j) {
    const double spread = side(priors[static_cast<std::size_t>(j)]);
    known(j, j) += best.weights(m + j) / (spread * spread);
  }
  return known.ldlt().solve(Eigen::MatrixXd::Identity(n, n)) / kEfficiency;
}

/// The observations that bear on parameter j, by their share of what is known of it.
std::vector<std::string> bearing(const Optimum& best, const std::vector<Observation>& seen,
                                 Eigen::Index j) {
  const auto m = static_cast<Eigen::Index>(seen.size());
  const Eigen::VectorXd known = best.slopes.col(j).head(m).cwiseAbs2();
  std::vector<Eigen::Index> order(static_cast<std::size_t>(m));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return known(a) > known(b); });
  std::vector<std::string> out;
  for (const Eigen::Index i : order)
    if (known(i) > 1e-3 * known.sum()) out.push_back(seen[static_cast<std::size_t>(i)].id);
  return out;
}

}  // namespace

Fit fit(const std::vector<Prior>& priors, const std::vector<Observation>& observations,
        const Predict& predict, const Effort& effort) {
  Eigen::VectorXd stated(static_cast<Eigen::Index>(priors.size()));
  for (std::size_t j = 0; j < priors.size(); ++j)
    stated(static_cast<Eigen::Index>(j)) = priors[j].value;
  const Eigen::VectorXd first = predict(stated);
  for (std::size_t i = 0; i < observations.size(); ++i)
    if (!(first(static_cast<Eigen::Index>(i)) > 0))
      throw std::domain_error(
          fmt::format("{} cannot be predicted at the stated parameters", observations[i].id));

  // Those the data say nothing of are put back to their priors, and the rest is fitted again, so
  // that the answer is one that the file it is written to gives.
  std::vector<std::size_t> used(priors.size());
  std::iota(used.begin(), used.end(), 0);
  std::vector<double> learned(priors.size(), 0);
  Fit out;
  Optimum best;
  Eigen::MatrixXd downwards, upwards;
  Eigen::VectorXd reached = stated.array().log();
  for (int round = 0; round < 5; ++round) {
    std::vector<Prior> some;
    for (const std::size_t j : used) some.push_back(priors[j]);
    const Predict part = [&](const Eigen::MatrixXd& columns) {
      Eigen::MatrixXd all = stated.replicate(1, columns.cols());
      for (std::size_t k = 0; k < used.size(); ++k)
        all.row(static_cast<Eigen::Index>(used[k])) = columns.row(static_cast<Eigen::Index>(k));
      return predict(all);
    };
    if (some.empty()) break;
    Eigen::VectorXd start(static_cast<Eigen::Index>(used.size()));
    for (std::size_t k = 0; k < used.size(); ++k)
      start(static_cast<Eigen::Index>(k)) = reached(static_cast<Eigen::Index>(used[k]));
    best = minimise(some, observations, part, effort, start);
    for (std::size_t k = 0; k < used.size(); ++k)
      reached(static_cast<Eigen::Index>(used[k])) = best.x(static_cast<Eigen::Index>(k));
    downwards = covariance_of(best, some, below);
    upwards = covariance_of(best, some, above);
    std::vector<std::size_t> left;
    for (std::size_t k = 0; k < used.size(); ++k) {
      const auto at = static_cast<Eigen::Index>(k);
      const double prior = below(some[k]) * below(some[k]) + above(some[k]) * above(some[k]);
      const double weight = best.weights(static_cast<Eigen::Index>(observations.size()) + at);
      learned[used[k]] = 1 - kEfficiency * weight * (downwards(at, at) + upwards(at, at)) / prior;
      if (learned[used[k]] >= kIdentified) left.push_back(used[k]);
    }
    if (left.size() == used.size()) break;
    used = left;
  }

  for (std::size_t j = 0; j < priors.size(); ++j)
    out.parameters.push_back(
        {priors[j], priors[j].value, priors[j].low, priors[j].high, learned[j], 0, {}});
  for (std::size_t k = 0; k < used.size(); ++k) {
    const auto at = static_cast<Eigen::Index>(k);
    Fitted& p = out.parameters[used[k]];
    p.value = std::exp(best.x(at));
    p.low = p.value * std::exp(-kZ95 * std::sqrt(downwards(at, at)));
    p.high = p.value * std::exp(kZ95 * std::sqrt(upwards(at, at)));
    p.pull = best.rows(static_cast<Eigen::Index>(observations.size()) + at);
    p.records = bearing(best, observations, at);
    out.identified.push_back(p.prior.id);
    stated(static_cast<Eigen::Index>(used[k])) = p.value;
  }
  out.linear = best.linear;
  if (!used.empty()) out.covariance = (downwards + upwards) / 2;
  const Eigen::VectorXd last = predict(stated);
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const double sigmas = std::log(observations[i].value / last(static_cast<Eigen::Index>(i))) /
                          observations[i].sigma;
    out.residuals.push_back({observations[i], last(static_cast<Eigen::Index>(i)), sigmas,
                             std::min(1.0, kHuber / std::max(std::abs(sigmas), 1e-300))});
  }
  return out;
}

std::vector<std::string> contradictions(const Fit& fit) {
  std::vector<std::pair<double, std::string>> found;
  for (const Fitted& p : fit.parameters)
    if (std::abs(p.pull) > kContradiction)
      found.emplace_back(
          std::abs(p.pull),
          fmt::format(
              "{} is stated {:.3g} times what the records say: {:.4g} against {:.4g}, {:.1f} "
              "standard deviations of its range",
              p.prior.id, p.prior.value / p.value, p.prior.value, p.value, std::abs(p.pull)));
  for (const Residual& r : fit.residuals)
    if (std::abs(r.sigmas) > kContradiction)
      found.emplace_back(
          std::abs(r.sigmas),
          fmt::format(
              "{} is seen at {:.4g} and predicted at {:.4g}: {:+.1f} standard errors that no "
              "parameter explains",
              r.observation.id, r.observation.value, r.predicted, r.sigmas));
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> out;
  for (auto& [size, text] : found) out.push_back(std::move(text));
  return out;
}

}  // namespace strata
