#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "models/base/random.h"
#include "models/base/units.h"

namespace strata {

/// The distributions a model may draw from. Each is stated by the moments (or quantiles) people
/// publish, and keeps them: mean() and variance() are the stated ones, tested against draws.
struct Constant {
  double value;
};
struct Uniform {
  double low, high;
};
struct Exponential {
  double mean;
};
struct LogNormal {
  double mean, deviation;
};
/// Median and the 5th and 95th percentiles; the form of every sourced number.
struct TwoPieceLogNormal {
  double median, low, high;
};
/// Equally likely samples, linearly interpolated between order statistics.
struct Empirical {
  std::vector<double> sorted;
};

using Distribution =
    std::variant<Constant, Uniform, Exponential, LogNormal, TwoPieceLogNormal, Empirical>;

/// The value below which a share u in (0, 1) of the draws lies.
double quantile(const Distribution& distribution, double u);
double mean(const Distribution& distribution);
double variance(const Distribution& distribution);

inline double draw(const Distribution& distribution, Stream& stream) {
  return quantile(distribution, stream.uniform());
}

/// Reads "1.9 ms", "uniform 1 ms 2 ms", "exponential 10 ms", "lognormal 1.9 ms 0.3 ms" (mean and
/// standard deviation). Nothing when the words or the dimension do not fit.
std::optional<Distribution> parse_distribution(Dimension dimension, std::string_view text);

}  // namespace strata
