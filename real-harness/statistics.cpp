#include "real-harness/statistics.h"

#include <algorithm>
#include <cmath>

#include "models/base/random.h"

namespace strata {

double quantile_of(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(at));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = at - std::floor(at);
  return sorted[below] * (1 - share) + sorted[above] * share;
}

Median median_of(std::vector<double> samples, std::string_view name) {
  constexpr int kResamples = 2000;
  std::sort(samples.begin(), samples.end());
  Stream stream(0, name);
  std::vector<double> medians, drawn(samples.size());
  for (int i = 0; i < kResamples; ++i) {
    for (double& value : drawn)
      value = samples[std::min(
          static_cast<std::size_t>(stream.uniform() * static_cast<double>(samples.size())),
          samples.size() - 1)];
    std::sort(drawn.begin(), drawn.end());
    medians.push_back(quantile_of(drawn, 0.5));
  }
  std::sort(medians.begin(), medians.end());
  return {quantile_of(samples, 0.5), quantile_of(medians, 0.025), quantile_of(medians, 0.975),
          quantile_of(samples, 0.1), quantile_of(samples, 0.99),  static_cast<int>(samples.size())};
}

}  // namespace strata
