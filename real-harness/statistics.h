#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace strata {

/// What a set of samples says about its median.
struct Median {
  double median = 0;
  double low = 0, high = 0;  ///< 95 % interval by the percentile bootstrap
  double p10 = 0, p99 = 0;
  int samples = 0;
};

/// Precondition: there is at least one sample. The same samples and name give the same interval.
Median median_of(std::vector<double> samples, std::string_view name);

/// The value below which a share q of the sorted samples lies, interpolated.
double quantile_of(const std::vector<double>& sorted, double q);

}  // namespace strata
