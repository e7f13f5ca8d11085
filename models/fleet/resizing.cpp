#include "models/fleet/resizing.h"

#include <algorithm>
#include <deque>

namespace strata {
namespace {

constexpr std::int64_t kMinuteUs = 60'000'000;

/// Summed over the minutes: the most of each and the `keep` before it. The deque holds the minutes
/// that may still be the largest, their counts falling.
double kept(const std::vector<std::uint32_t>& at_once, std::size_t minutes, std::size_t keep) {
  std::deque<std::size_t> largest;
  double sum = 0;
  for (std::size_t m = 0; m < minutes; ++m) {
    const std::uint32_t here = m < at_once.size() ? at_once[m] : 0;
    const auto count = [&](std::size_t i) { return i < at_once.size() ? at_once[i] : 0; };
    while (!largest.empty() && count(largest.back()) <= here) largest.pop_back();
    largest.push_back(m);
    if (largest.front() + keep < m) largest.pop_front();
    sum += count(largest.front());
  }
  return sum;
}

}  // namespace

double held_mib_s(const FunctionSpec& function, const FunctionUse& use, std::int64_t span_us,
                  Sizing sizing, int keep, double stack_mib) {
  if (use.calls == 0) return 0;
  const auto minutes = static_cast<std::size_t>(span_us / kMinuteUs);
  const double span = static_cast<double>(minutes) * 60;
  if (sizing == Sizing::never) {
    const auto& at_once = use.most_at_once;
    const double most = at_once.empty() ? 0 : *std::max_element(at_once.begin(), at_once.end());
    return (stack_mib + function.mib * most) * span;
  }
  const double calls = kept(use.most_at_once, minutes, static_cast<std::size_t>(keep)) * 60;
  if (sizing == Sizing::replicated) return (stack_mib + function.mib) * calls;
  return stack_mib * span + function.mib * calls;
}

}  // namespace strata
