#include "models/calibrate/sobol.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/base/random.h"

namespace strata {

std::vector<Values> latin_hypercube(const Numbers& numbers, int n, std::uint64_t seed) {
  std::vector<Values> sets(static_cast<std::size_t>(n));
  for (const auto& [id, number] : numbers) {
    if (number.value.value == 0 || number.low.value == number.high.value) continue;
    Stream stream(seed, id + "/hypercube");
    std::vector<int> order(sets.size());
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t left = order.size(); left > 1; --left)
      std::swap(order[left - 1], order[static_cast<std::size_t>(stream.bits() % left)]);
    for (std::size_t i = 0; i < sets.size(); ++i)
      sets[i][id] = two_piece_quantile(number.value.value, number.low.value, number.high.value,
                                       (order[i] + stream.uniform()) / n);
  }
  return sets;
}

std::vector<SobolIndex> first_order(const std::function<double(const Values&)>& f,
                                    const Numbers& numbers, int n, std::uint64_t seed) {
  const double stated = f({});
  Numbers active;
  for (const auto& [id, number] : numbers) {
    if (number.value.value == 0 || number.low.value == number.high.value) continue;
    if (f({{id, number.low.value}}) != stated || f({{id, number.high.value}}) != stated)
      active.emplace(id, number);
  }
  const auto a = latin_hypercube(active, n, seed);
  const auto b = latin_hypercube(active, n, seed + 0x9E3779B97F4A7C15ULL);
  std::vector<double> of_a, of_b;
  double mean = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    of_a.push_back(f(a[i]));
    of_b.push_back(f(b[i]));
    mean += of_a.back() + of_b.back();
  }
  mean /= 2.0 * n;
  double variance = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    variance += std::pow(of_a[i] - mean, 2) + std::pow(of_b[i] - mean, 2);
  variance /= 2.0 * n - 1;

  std::vector<SobolIndex> out;
  for (const auto& [id, number] : active) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      Values swapped = a[i];
      swapped[id] = b[i].at(id);
      sum += (of_b[i] - mean) * (f(swapped) - of_a[i]);
    }
    out.push_back({id, variance > 0 ? std::clamp(sum / n / variance, 0.0, 1.0) : 0});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& x, const auto& y) { return x.first_order > y.first_order; });
  return out;
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return p[a] < p[b]; });
  std::vector<double> out(p.size());
  double least = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    least = std::max(least, std::min(1.0, static_cast<double>(order.size() - k) * p[order[k]]));
    out[order[k]] = least;
  }
  return out;
}

}  // namespace strata
