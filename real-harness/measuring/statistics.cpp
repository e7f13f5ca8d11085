#include "real-harness/measuring/statistics.h"

#include <algorithm>
#include <boost/math/special_functions/binomial.hpp>
#include <cmath>
#include <numeric>

#include "models/base/random.h"

namespace strata {
namespace {

using Samples = std::vector<double>;

constexpr int kResamples = 2000;

std::size_t below(std::size_t n, Stream& stream) {
  return std::min(static_cast<std::size_t>(stream.uniform() * static_cast<double>(n)), n - 1);
}

/// The median; the order of the samples is lost.
double median_in_place(Samples& samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  if (samples.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(samples.begin(), middle)) / 2;
}

double resampled_median(const Samples& samples, Samples& drawn, Stream& stream) {
  drawn.resize(samples.size());
  for (double& value : drawn) value = samples[below(samples.size(), stream)];
  return median_in_place(drawn);
}

}  // namespace

double quantile_of(const Samples& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto under = static_cast<std::size_t>(std::floor(at));
  const std::size_t above = std::min(under + 1, sorted.size() - 1);
  const double share = at - std::floor(at);
  return sorted[under] * (1 - share) + sorted[above] * share;
}

Median median_of(Samples samples, std::string_view name) {
  std::sort(samples.begin(), samples.end());
  Stream stream(0, name);
  Samples medians, drawn;
  for (int i = 0; i < kResamples; ++i) medians.push_back(resampled_median(samples, drawn, stream));
  std::sort(medians.begin(), medians.end());
  return {quantile_of(samples, 0.5), quantile_of(medians, 0.025), quantile_of(medians, 0.975),
          quantile_of(samples, 0.1), quantile_of(samples, 0.99),  static_cast<int>(samples.size())};
}

MedianRatio ratio_of(const Samples& a, const Samples& b, std::string_view name) {
  Samples copy_a = a, copy_b = b, ratios, drawn;
  Stream stream(0, name);
  for (int i = 0; i < kResamples; ++i) {
    const double over = resampled_median(a, drawn, stream);
    ratios.push_back(over / resampled_median(b, drawn, stream));
  }
  std::sort(ratios.begin(), ratios.end());
  return {median_in_place(copy_a) / median_in_place(copy_b), quantile_of(ratios, 0.025),
          quantile_of(ratios, 0.975), permutation_p(a, b, name)};
}

double permutation_p(const Samples& a, const Samples& b, std::string_view name) {
  constexpr double kExact = 20'000;
  constexpr int kDraws = 9999;
  Samples all = a;
  all.insert(all.end(), b.begin(), b.end());
  const std::size_t n = all.size();
  Samples first, second;
  const auto apart = [&](const std::vector<bool>& is_first) {
    first.clear(), second.clear();
    for (std::size_t i = 0; i < n; ++i) (is_first[i] ? first : second).push_back(all[i]);
    return std::abs(median_in_place(first) - median_in_place(second));
  };
  std::vector<bool> is_first(n, false);
  std::fill_n(is_first.begin(), a.size(), true);
  // The observed arrangement is one of those counted, so rounding must not drop it.
  const double observed = apart(is_first) * (1 - 1e-12);

  // The binomial coefficient overflows where it is asked of many samples.
  if (n <= 40 && boost::math::binomial_coefficient<double>(
                     static_cast<unsigned>(n), static_cast<unsigned>(a.size())) <= kExact) {
    int as_far = 0, arrangements = 0;
    do {
      as_far += apart(is_first) >= observed;
      ++arrangements;
    } while (std::prev_permutation(is_first.begin(), is_first.end()));
    return static_cast<double>(as_far) / arrangements;
  }
  Stream stream(1, name);
  int as_far = 1;
  for (int draw = 0; draw < kDraws; ++draw) {
    for (std::size_t i = 0; i < a.size(); ++i) std::swap(all[i], all[i + below(n - i, stream)]);
    as_far += apart(is_first) >= observed;
  }
  return static_cast<double>(as_far) / (kDraws + 1);
}

Equivalence equivalence_of(const std::vector<Samples>& runs, double margin, std::string_view name) {
  Samples all;
  for (const Samples& run : runs) all.insert(all.end(), run.begin(), run.end());
  Equivalence out;
  out.median = median_in_place(all);
  Stream stream(0, name);
  Samples medians;
  for (int i = 0; i < kResamples; ++i) {
    all.clear();
    for (std::size_t run = 0; run < runs.size(); ++run) {
      const Samples& drawn = runs[below(runs.size(), stream)];
      all.insert(all.end(), drawn.begin(), drawn.end());
    }
    medians.push_back(median_in_place(all));
  }
  std::sort(medians.begin(), medians.end());
  out.low = quantile_of(medians, 0.05);
  out.high = quantile_of(medians, 0.95);
  const double room = margin * std::abs(out.median);
  out.equivalent = out.median - out.low <= room && out.high - out.median <= room;
  return out;
}

}  // namespace strata
