#include "models/calibrate/validate_score.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "models/base/distribution.h"
#include "models/base/random.h"

namespace strata {
namespace {

/// The stated intervals leave out this share.
constexpr double kAlpha = 0.1;
constexpr int kBootstraps = 2000;

double median(std::vector<double> values) {
  if (values.empty()) return std::nan("");
  std::sort(values.begin(), values.end());
  return quantile(Empirical{std::move(values)}, 0.5);
}

double interval_score(const Held& r) {
  const double outside = std::max({r.model.low - r.observed, r.observed - r.model.high, 0.0});
  return (r.model.high - r.model.low + 2 / kAlpha * outside) / r.observed;
}

/// Everything that was the same when stacks were put in order.
using Conditions =
    std::tuple<std::string, std::string, std::string, std::string, std::string, double, int, int>;

void rank(const std::vector<Held>& rows, Score& s) {
  std::map<Conditions, std::pair<std::vector<double>, std::vector<double>>> rankings;
  for (const Held& r : rows) {
    auto& [ours, theirs] = rankings[{r.table, r.machine, r.workload, r.metric, r.statistic, r.size,
                                     r.depth, r.parallel}];
    ours.push_back(r.model.value);
    theirs.push_back(r.observed);
  }
  double sum = 0;
  for (const auto& [conditions, values] : rankings) {
    if (values.first.size() < 3) continue;
    if (const auto tau = kendall(values.first, values.second)) sum += *tau, ++s.rankings;
  }
  if (s.rankings > 0) s.tau = sum / s.rankings;
}

}  // namespace

std::optional<double> kendall(const std::vector<double>& x, const std::vector<double>& y) {
  double concordant = 0, x_pairs = 0, y_pairs = 0;
  const auto sign = [](double v) { return v > 0 ? 1 : v < 0 ? -1 : 0; };
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = i + 1; j < x.size(); ++j) {
      const int a = sign(x[i] - x[j]), b = sign(y[i] - y[j]);
      concordant += a * b;
      x_pairs += a != 0;
      y_pairs += b != 0;
    }
  if (x_pairs == 0 || y_pairs == 0) return std::nullopt;
  return concordant / std::sqrt(x_pairs * y_pairs);
}

Score score(const std::vector<Held>& rows) {
  Score s;
  s.n = static_cast<int>(rows.size());
  if (rows.empty()) return s;
  std::vector<double> errors, widths, nearest, plain;
  for (const Held& r : rows) {
    const double e = r.error();
    errors.push_back(e);
    widths.push_back(r.width());
    s.within_10 += e <= 0.10;
    s.within_25 += e <= 0.25;
    s.within_50 += e <= 0.50;
    s.coverage += r.covered();
    s.interval_score += interval_score(r);
    if (r.nearest) nearest.push_back(r.error_of(*r.nearest));
    if (r.plain) plain.push_back(r.error_of(*r.plain));
  }
  for (double* share : {&s.within_10, &s.within_25, &s.within_50, &s.coverage, &s.interval_score})
    *share /= s.n;
  s.median_error = median(errors);
  s.width = median(widths);
  s.n_nearest = static_cast<int>(nearest.size());
  s.nearest_error = median(nearest);
  s.n_plain = static_cast<int>(plain.size());
  s.plain_error = median(plain);
  rank(rows, s);
  return s;
}

Score score(const std::vector<Across>& rows) {
  std::vector<Held> held;
  for (const Across& a : rows) {
    Held h;
    h.table = a.what;
    h.machine = a.machine;
    h.observed = a.observed;
    h.model.value = a.value;
    h.model.low = a.low;
    h.model.high = a.high;
    held.push_back(std::move(h));
  }
  return score(held);
}

MacroError macro_error(const std::vector<Held>& rows, std::uint64_t seed) {
  std::map<std::string, std::vector<double>> by_paper;
  for (const Held& r : rows) by_paper[r.paper].push_back(r.error());
  std::vector<double> medians;
  for (const auto& paper : by_paper) medians.push_back(median(paper.second));
  MacroError out;
  out.papers = static_cast<int>(medians.size());
  if (medians.empty()) return out;
  const auto n = static_cast<double>(medians.size());
  for (const double m : medians) out.error += m / n;
  Stream stream(seed, "validate/bootstrap");
  std::vector<double> means(kBootstraps, 0);
  for (double& mean : means)
    for (std::size_t i = 0; i < medians.size(); ++i)
      mean += medians[static_cast<std::size_t>(stream.bits() % medians.size())] / n;
  std::sort(means.begin(), means.end());
  const Empirical sorted{std::move(means)};
  out.low = quantile(sorted, 0.05);
  out.high = quantile(sorted, 0.95);
  return out;
}

}  // namespace strata
