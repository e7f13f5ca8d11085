#include "models/layers/shared_cache.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace strata {
namespace {

constexpr double kLine = 64;  // bytes
constexpr double kForever = std::numeric_limits<double>::infinity();

/// When `lines`, which never falls, reaches `many`; forever if it does not.
double reached(const std::function<double(double)>& lines, double many) {
  double high = 1;
  while (lines(high) < many)
    if ((high *= 2) > 1e18) return kForever;
  double low = high / 2;
  while (high / low > 1 + 1e-9) {
    const double middle = std::sqrt(low * high);
    (lines(middle) < many ? low : high) = middle;
  }
  return high;
}

/// P(X > n) of Poisson's distribution.
double more_than(double n, double mean) {
  double term = std::exp(-mean), sum = 0;
  for (int k = 0; k <= static_cast<int>(n); ++k) {
    sum += term;
    term *= mean / (k + 1);
  }
  return 1 - sum;
}

/// What one neighbour has at memory, by the share of its accesses that go there.
double at_memory(const SharedCache& c, double share, double latency) {
  return share * latency / (c.line + share * c.streamed * latency);
}

}  // namespace

SharedCache shared_cache(const MemoryPath& path, const Neighbours& neighbours, double ours,
                         const Draws& draws) {
  const double lines = draws(path.cache) / kLine;
  return {lines,
          lines / draws(path.ways),
          ours,
          draws(neighbours.cores),
          draws(neighbours.memory) / kLine,
          draws(neighbours.line),
          draws(path.streamed),
          draws(path.beside),
          draws(path.spilling)};
}

CacheBeside undisturbed(const SharedCache& cache) { return {kForever, 0, cache.fits}; }

CacheBeside next_beside(const CacheBeside& now, const SharedCache& c,
                        const std::function<double(double)>& lines) {
  CacheBeside next = undisturbed(c);
  if (c.ours < 1) {
    next.spilled = c.theirs > c.lines * (1 - c.ours) ? 1 : 0;
  } else {
    const double rate = c.cores / (c.line + now.spilled * c.streamed * now.beyond);
    next.kept = reached([&](double t) { return std::min(c.theirs, rate * t) + lines(t); }, c.lines);
    const double free = (c.lines - c.theirs) / c.sets;  // lines of a set
    next.spilled = free < 0 ? 1 : more_than(free, lines(c.theirs / rate) / c.sets);
  }
  next.beyond +=
      (c.spilling - c.fits) * at_memory(c, next.spilled, now.beyond) / at_memory(c, 1, c.spilling);
  return next;
}

}  // namespace strata
