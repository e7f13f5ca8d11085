#include "models/base/sourced.h"

#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace strata {

std::string_view name(Evidence evidence) {
  switch (evidence) {
    case Evidence::measured:
      return "measured";
    case Evidence::cited:
      return "cited";
    case Evidence::assumed:
      return "assumed";
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

Sourced<Duration> product(const Sourced<Ratio>& count, const Sourced<Duration>& each,
                          std::string id) {
  const double value = count.value.value * each.value.value;
  if (value == 0) return {{0}, {0}, {0}, each.source, false, std::move(id)};
  const auto spread = [](double a, double b) {
    return std::exp(std::hypot(std::log(a), std::log(b)));
  };
  Sourced<Duration> out;
  out.value = {value};
  out.low = {value /
             spread(count.value.value / count.low.value, each.value.value / each.low.value)};
  out.high = {value *
              spread(count.high.value / count.value.value, each.high.value / each.value.value)};
  out.source = count.source.evidence == Evidence::assumed ? count.source : each.source;
  out.source.words = count.source.words + "; times " + each.source.words;
  out.id = std::move(id);
  return out;
}

Sourced<Ratio> structural(double count, std::string_view why) {
  Sourced<Ratio> n{{count}, {count}, {count}, {}, false, {}};
  n.source.evidence = Evidence::cited;
  n.source.words = "the model's structure: " + std::string(why);
  return n;
}

}  // namespace strata
