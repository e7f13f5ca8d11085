#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "models/base/random.h"
#include "real-harness/measuring/statistics.h"

namespace strata {
namespace {

using Samples = std::vector<double>;

/// The modes of a Gaussian kernel estimate and the valleys between them, from the signs of its
/// slope on a grid. The slope is never positive above the greatest sample nor negative below the
/// least.
struct Shape {
  int modes = 0;
  std::vector<double> valleys;
};

Shape shape_of(const Samples& sorted, double bandwidth) {
  constexpr int kGrid = 256;
  Shape shape;
  int before = 1;
  for (int i = 0; i <= kGrid; ++i) {
    const double at = sorted.front() + (sorted.back() - sorted.front()) * i / kGrid;
    double slope = 0;
    for (const double x : sorted) {
      const double z = (x - at) / bandwidth;
      slope += z * std::exp(-z * z / 2);
    }
    const int sign = slope > 0 ? 1 : slope < 0 ? -1 : before;
    if (before > 0 && sign < 0) ++shape.modes;
    if (before < 0 && sign > 0) shape.valleys.push_back(at);
    before = sign;
  }
  if (before > 0) ++shape.modes;  // the highest point is the last one
  return shape;
}

double mean_of(const Samples& samples) {
  double sum = 0;
  for (const double x : samples) sum += x;
  return sum / static_cast<double>(samples.size());
}

double variance_of(const Samples& samples) {
  const double mean = mean_of(samples);
  double sum = 0;
  for (const double x : samples) sum += (x - mean) * (x - mean);
  return sum / static_cast<double>(samples.size());
}

/// Between a bandwidth with one mode and one with more, as near to each other as matters.
struct Critical {
  double more, one;
};

/// More modes never appear with a greater bandwidth (Silverman 1981), so halving finds it.
Critical critical_bandwidth(const Samples& sorted) {
  const double span = sorted.back() - sorted.front();
  Critical c{span / 512, span};
  for (int i = 0; i < 20; ++i) {
    const double middle = std::sqrt(c.more * c.one);
    (shape_of(sorted, middle).modes > 1 ? c.more : c.one) = middle;
  }
  return c;
}

/// A sample of the estimate at the bandwidth, shrunk to the variance of the samples.
Samples smoothed(const Samples& samples, double bandwidth, Stream& stream) {
  const boost::math::normal normal;
  const double mean = mean_of(samples);
  const double shrink = 1 / std::sqrt(1 + bandwidth * bandwidth / variance_of(samples));
  Samples drawn(samples.size());
  for (double& value : drawn) {
    const auto i = static_cast<std::size_t>(stream.uniform() * static_cast<double>(samples.size()));
    const double noise = bandwidth * boost::math::quantile(normal, stream.uniform());
    value = mean + shrink * (samples[std::min(i, samples.size() - 1)] - mean + noise);
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

}  // namespace

Mixture mixture_of(Samples samples, std::string_view name) {
  constexpr int kResamples = 400;
  Mixture out;
  std::sort(samples.begin(), samples.end());
  const std::size_t all = samples.size(), least = std::max<std::size_t>(2, all / 10);
  Samples lower, upper;
  Critical critical{};
  for (;;) {
    if (samples.size() < 10 || samples.front() == samples.back()) return out;
    critical = critical_bandwidth(samples);
    const Shape shape = shape_of(samples, critical.more);
    if (shape.valleys.empty()) return out;
    const auto valley = std::lower_bound(samples.begin(), samples.end(), shape.valleys.front());
    lower.assign(samples.begin(), valley);
    upper.assign(valley, samples.end());
    if (lower.size() >= least && upper.size() >= least) break;
    // The widest gap is to an outlier: what is left may still be two.
    samples = lower.size() < upper.size() ? upper : lower;
    if (all - samples.size() >= least) return out;
  }
  out.low = quantile_of(lower, 0.5);
  out.high = quantile_of(upper, 0.5);
  out.share = static_cast<double>(lower.size()) / static_cast<double>(samples.size());

  Stream stream(0, name);
  int more = 0;
  for (int i = 0; i < kResamples; ++i)
    more += shape_of(smoothed(samples, critical.one, stream), critical.one).modes > 1;
  out.p = static_cast<double>(more) / kResamples;
  out.found = out.p < 0.05;
  return out;
}

}  // namespace strata
