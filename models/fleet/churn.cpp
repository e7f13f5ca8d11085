#include "models/fleet/churn.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace strata {
namespace {

struct Shape {
  std::uint32_t cores, gib;
  double probability;
};
constexpr std::array<Shape, 7> kShapes = {
    {{1, 2, .25}, {1, 4, .15}, {2, 4, .10}, {2, 8, .20}, {4, 16, .15}, {4, 32, .05}, {8, 32, .10}}};
constexpr double kMeanCores = 2.6, kMeanLifeSeconds = 3600, kLoad = 0.7;

std::uint32_t cores_of(ChurnSeries series) { return series == ChurnSeries::a ? 16 : 64; }

double u(std::uint64_t k) {
  std::uint64_t z = 42 + (k + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  z ^= z >> 31;
  return (static_cast<double>(z >> 11) + 0.5) * 0x1p-53;
}

std::int64_t to_ms(double seconds) {
  return static_cast<std::int64_t>(std::floor(seconds * 1000 + 0.5));
}

std::uint32_t shape_of(double share) {
  double below = 0;
  for (std::uint32_t s = 0; s + 1 < kShapes.size(); ++s)
    if (share < (below += kShapes[s].probability)) return s;
  return kShapes.size() - 1;
}

}  // namespace

FleetShape churn_fleet(std::uint32_t hosts, ChurnSeries series) {
  FleetShape out;
  out.hosts.assign(hosts, {cores_of(series), cores_of(series) * 4 * 1024});
  for (const Shape& shape : kShapes) out.shapes.push_back({shape.cores, shape.gib * 1024});
  return out;
}

ChurnVms::ChurnVms(std::uint32_t hosts, ChurnSeries series)
    : total_(std::uint64_t{hosts} * (series == ChurnSeries::a ? 10 : 40)),
      per_second_(kLoad * hosts * cores_of(series) / kMeanCores / kMeanLifeSeconds) {}

bool ChurnVms::next(VmRequest& out) {
  if (next_ == total_) return false;
  const std::uint64_t k = 3 * next_++;
  clock_ += -std::log(u(k)) / per_second_;
  out.at = to_ms(clock_);
  out.life = to_ms(std::max(1.0, -std::log(u(k + 1)) * kMeanLifeSeconds));
  out.shape = shape_of(u(k + 2));
  checksum_.word(static_cast<std::uint64_t>(out.at));
  checksum_.word(static_cast<std::uint64_t>(out.life));
  checksum_.word(out.shape);
  return true;
}

}  // namespace strata
