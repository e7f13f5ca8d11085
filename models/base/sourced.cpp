#include "models/base/sourced.h"

#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace strata {

std::string_view name(Evidence evidence) {
  switch (evidence) {
    case Evidence::measured: return "measured";
    case Evidence::cited: return "cited";
    case Evidence::assumed: return "assumed";
  }
  return "unknown";
}

double two_piece_quantile(double value, double low, double high, double u) {
  if (value == 0) return 0;
  static const boost::math::normal kStandard;
  static const double kZ95 = boost::math::quantile(kStandard, 0.95);
  const double z = boost::math::quantile(kStandard, u);
  const double sigma = (z < 0 ? std::log(value / low) : std::log(high / value)) / kZ95;
  return value * std::exp(z * sigma);
}

Sourced<Ratio> structural(double count, std::string_view why) {
  Sourced<Ratio> n{{count}, {count}, {count}, {}, false, {}};
  n.source.evidence = Evidence::cited;
  n.source.words = "the model's structure: " + std::string(why);
  return n;
}

}  // namespace strata
