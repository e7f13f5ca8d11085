#include "models/base/distribution.h"

#include <boost/math/distributions/lognormal.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numeric>
#include <sstream>
#include <string>

#include "models/base/sourced.h"

namespace strata {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

/// Log-normal parameters from mean m and standard deviation s: sigma^2 = ln(1 + s^2/m^2),
/// mu = ln m - sigma^2/2.
boost::math::lognormal to_boost(const LogNormal& d) {
  const double sigma2 = std::log1p(d.deviation * d.deviation / (d.mean * d.mean));
  return boost::math::lognormal(std::log(d.mean) - sigma2 / 2, std::sqrt(sigma2));
}

/// The k-th raw moment of a two-piece log-normal: each half is a truncated log-normal, whose
/// moment is exp(k mu + k^2 s^2 / 2) times a normal probability.
double raw_moment(const TwoPieceLogNormal& d, int k) {
  if (d.median == 0) return 0;
  const boost::math::normal standard;
  const double z95 = boost::math::quantile(standard, 0.95);
  const double below = std::log(d.median / d.low) / z95;
  const double above = std::log(d.high / d.median) / z95;
  const auto half = [&](double s, double sign) {
    return std::exp(k * k * s * s / 2) * boost::math::cdf(standard, sign * k * s);
  };
  return std::pow(d.median, k) * (half(below, -1) + half(above, +1));
}

double interpolate(const std::vector<double>& sorted, double u) {
  const double position = u * static_cast<double>(sorted.size() - 1);
  const auto i = static_cast<std::size_t>(position);
  if (i + 1 >= sorted.size()) return sorted.back();
  return std::lerp(sorted[i], sorted[i + 1], position - static_cast<double>(i));
}

/// Mean of the interpolated empirical quantile function: the trapezoid rule, exact for it.
double empirical_moment(const std::vector<double>& sorted, int k) {
  if (sorted.size() == 1) return std::pow(sorted[0], k);
  double sum = 0;
  for (std::size_t i = 0; i + 1 < sorted.size(); ++i) {
    const double a = sorted[i], b = sorted[i + 1];
    sum += k == 1 ? (a + b) / 2 : (a * a + a * b + b * b) / 3;
  }
  return sum / static_cast<double>(sorted.size() - 1);
}

}  // namespace

double quantile(const Distribution& distribution, double u) {
  return std::visit(Overloaded{[&](const Constant& d) { return d.value; },
                               [&](const Uniform& d) { return std::lerp(d.low, d.high, u); },
                               [&](const Exponential& d) { return -d.mean * std::log1p(-u); },
                               [&](const LogNormal& d) {
                                 return d.deviation == 0 ? d.mean
                                                         : boost::math::quantile(to_boost(d), u);
                               },
                               [&](const TwoPieceLogNormal& d) {
                                 return two_piece_quantile(d.median, d.low, d.high, u);
                               },
                               [&](const Empirical& d) { return interpolate(d.sorted, u); }},
                    distribution);
}

double mean(const Distribution& distribution) {
  return std::visit(Overloaded{[](const Constant& d) { return d.value; },
                               [](const Uniform& d) { return (d.low + d.high) / 2; },
                               [](const Exponential& d) { return d.mean; },
                               [](const LogNormal& d) { return d.mean; },
                               [](const TwoPieceLogNormal& d) { return raw_moment(d, 1); },
                               [](const Empirical& d) { return empirical_moment(d.sorted, 1); }},
                    distribution);
}

double variance(const Distribution& distribution) {
  const double m = mean(distribution);
  return std::visit(
      Overloaded{[](const Constant&) { return 0.0; },
                 [](const Uniform& d) { return (d.high - d.low) * (d.high - d.low) / 12; },
                 [](const Exponential& d) { return d.mean * d.mean; },
                 [](const LogNormal& d) { return d.deviation * d.deviation; },
                 [m](const TwoPieceLogNormal& d) { return raw_moment(d, 2) - m * m; },
                 [m](const Empirical& d) { return empirical_moment(d.sorted, 2) - m * m; }},
      distribution);
}

std::optional<Distribution> parse_distribution(Dimension dimension, std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string kind;
  words >> kind;
  const bool named = kind == "uniform" || kind == "exponential" || kind == "lognormal";
  if (!named) words.seekg(0);

  std::vector<double> numbers;
  for (std::string number, unit; words >> number;) {
    if (dimension != Dimension::ratio && !(words >> unit)) return {};
    const auto quantity = parse_quantity(number + " " + unit);
    if (!quantity || quantity->dimension != dimension || quantity->value < 0) return {};
    numbers.push_back(quantity->value);
  }
  if (!named) {
    if (numbers.size() != 1) return {};
    return Constant{numbers[0]};
  }
  if (kind == "exponential") {
    if (numbers.size() != 1) return {};
    return Exponential{numbers[0]};
  }
  if (numbers.size() != 2) return {};
  if (kind == "uniform") {
    if (numbers[0] > numbers[1]) return {};
    return Uniform{numbers[0], numbers[1]};
  }
  if (numbers[0] <= 0) return {};
  return LogNormal{numbers[0], numbers[1]};
}

}  // namespace strata
