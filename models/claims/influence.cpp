#include "models/claims/influence.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "models/layers/draws.h"

namespace strata {
namespace {

/// Ranks from 0; ties, which draws of a continuous range do not have, by position.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> out(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) out[order[i]] = static_cast<double>(i);
  return out;
}

/// Pearson's correlation of two rankings without ties: 1 - 6 sum d^2 / (n (n^2 - 1)).
double spearman(const std::vector<double>& a, const std::vector<double>& b) {
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) squares += (a[i] - b[i]) * (a[i] - b[i]);
  const double n = static_cast<double>(a.size());
  return 1 - 6 * squares / (n * (n * n - 1));
}

}  // namespace

std::vector<Influence> influences(const std::vector<Sourced<Quantity>>& numbers,
                                  const std::vector<double>& draws, std::uint64_t seed,
                                  std::size_t most) {
  std::vector<Influence> out;
  if (draws.size() < 2) return out;
  const auto answer = ranks(draws);
  std::set<std::string> seen;
  for (const auto& number : numbers) {
    if (number.low.value == number.high.value || !seen.insert(number.id).second) continue;
    std::vector<double> drawn;
    for (std::size_t i = 0; i < draws.size(); ++i)
      drawn.push_back(Draws{seed, static_cast<int>(i) + 1}(number));
    const double r = spearman(ranks(drawn), answer);
    if (r * r >= 0.05) out.push_back({number.id, number.source.evidence, r * r});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Influence& a, const Influence& b) { return a.share > b.share; });
  if (out.size() > most) out.resize(most);
  return out;
}

}  // namespace strata
