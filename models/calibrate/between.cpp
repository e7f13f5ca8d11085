#include "models/calibrate/between.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/tools/minima.hpp>
#include <cmath>

namespace strata {
namespace {

/// Between which deviations the likelihood is looked at: equal to a ten-thousandth, and twentyfold.
constexpr double kLeastDeviation = 1e-4, kMostDeviation = 3;
constexpr double kOutside = 0.05;  // of a 90 % interval, on each side

/// Half the last digit printed, either way and evenly: what rounding alone leaves open.
double variance_of_rounding(double value) {
  const std::string text = fmt::format("{}", value);
  const auto point = text.find('.');
  const double unit = point == std::string::npos
                          ? 1
                          : std::pow(10.0, -static_cast<double>(text.size() - point - 1));
  return unit * unit / 12 / (value * value);
}

Measured measured(const Repeated::Row& row, const Published& published) {
  const PublishedRow& found = published.rows.at(row.id);
  return {std::log(comparable(row, found)), variance_of_rounding(found.value)};
}

/// A group's mean and the variance of that mean, its members weighted by 1 / (own + between).
Measured mean_of(const std::vector<Measured>& group, double between) {
  double weights = 0, sum = 0;
  for (const Measured& m : group) {
    const double w = 1 / (m.variance + between * between);
    weights += w;
    sum += w * m.log;
  }
  return {sum / weights, 1 / weights};
}

/// Quantities of a kind (of every kind: ""), one row left out.
Between estimate(const Published& published, const std::string& kind, const std::string& without) {
  Between out;
  std::vector<std::vector<Measured>> groups;
  for (const Repeated& quantity : published.repeated) {
    if (!kind.empty() && quantity.kind != kind) continue;
    std::vector<Measured> group;
    for (const Repeated::Row& row : quantity.rows) {
      if (row.id == without) continue;
      group.push_back(measured(row, published));
      out.rows.push_back(row.id);
    }
    if (group.empty()) continue;
    out.freedom += static_cast<int>(group.size()) - 1;
    groups.push_back(std::move(group));
  }
  if (out.freedom > 0) out.deviation = between_groups(groups);
  return out;
}

Between own_or_pooled(const Published& published, const std::string& kind,
                      const std::string& without) {
  Between own = estimate(published, kind, without);
  if (own.freedom >= kLeastFreedom) return own;
  own = estimate(published, "", without);
  own.pooled = true;
  return own;
}

Across held_out(const Repeated& quantity, std::size_t which, const Published& published) {
  const Repeated::Row& row = quantity.rows[which];
  const PublishedRow& found = published.rows.at(row.id);
  const Between between = own_or_pooled(published, quantity.kind, row.id);
  std::vector<Measured> others;
  for (std::size_t i = 0; i < quantity.rows.size(); ++i)
    if (i != which) others.push_back(measured(quantity.rows[i], published));
  const Measured mean = mean_of(others, between.deviation);
  // From cycles back to the row's unit, as far as the clock says.
  const double unit = found.value / comparable(row, found);
  const double spread = std::hypot(between.deviation, std::sqrt(mean.variance));
  const boost::math::students_t t(std::max(1, between.freedom));
  const double reach = spread * boost::math::quantile(t, 1 - kOutside);
  Across out{quantity.what,
             row.id,
             found.hardware,
             found.unit,
             static_cast<int>(others.size()),
             found.value,
             unit * std::exp(mean.log),
             unit * std::exp(mean.log - reach),
             unit * std::exp(mean.log + reach)};
  return out;
}

}  // namespace

double between_groups(const std::vector<std::vector<Measured>>& groups) {
  // Twice the negative restricted log-likelihood, but for a constant.
  const auto badness = [&](double log_deviation) {
    const double between = std::exp(log_deviation);
    double sum = 0;
    for (const auto& group : groups) {
      const Measured mean = mean_of(group, between);
      sum -= std::log(mean.variance);
      for (const Measured& m : group) {
        const double variance = m.variance + between * between;
        sum += std::log(variance) + (m.log - mean.log) * (m.log - mean.log) / variance;
      }
    }
    return sum;
  };
  constexpr int kBits = 30;
  return std::exp(boost::math::tools::brent_find_minima(badness, std::log(kLeastDeviation),
                                                        std::log(kMostDeviation), kBits)
                      .first);
}

double Between::quantile(double u) const {
  if (deviation == 0 || freedom == 0) return 0;
  return deviation * boost::math::quantile(boost::math::students_t(freedom), u);
}

std::map<std::string, Between> laboratories(const Published& published) {
  std::map<std::string, Between> out;
  if (published.repeated.empty()) return out;
  out[""] = estimate(published, "", "");
  for (const std::string& kind : repeated_kinds()) out[kind] = own_or_pooled(published, kind, "");
  return out;
}

std::vector<Across> across_machines(const Published& published) {
  constexpr std::size_t kMachines = 3;
  std::vector<Across> out;
  for (const Repeated& quantity : published.repeated) {
    if (quantity.rows.size() < kMachines) continue;
    for (std::size_t i = 0; i < quantity.rows.size(); ++i)
      out.push_back(held_out(quantity, i, published));
  }
  return out;
}

}  // namespace strata
