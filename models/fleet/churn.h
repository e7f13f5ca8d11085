#pragma once

#include "models/fleet/fnv.h"
#include "models/fleet/place.h"

namespace strata {

/// FLEET-CHURN v0, a workload that every simulator of data centres can play bit for bit.
///
/// `hosts` equal hosts, no overcommit. Virtual machines of seven shapes arrive as a Poisson process
/// at 70 % offered core load (mean 2.6 cores, 3600 s) and live exponentially long, mean 3600 s, at
/// least 1 s; arrival times (their unrounded sum) and lives are rounded half up to whole
/// milliseconds. Draw k is u(k) = ((mix(42 + (k + 1) * 0x9E3779B97F4A7C15) >> 11) + 0.5) / 2^53,
/// mix being SplitMix64's finalizer; machine i takes gap, life and shape from u(3i), u(3i+1),
/// u(3i+2). Start empty, run until the last has left, no second try. Ties: departures first, then
/// as asked.
///
/// The distributions are assumed; the use is comparing engines, not data centres.
enum class ChurnSeries {
  a,  ///< hosts of 16 cores and 64 GiB; 10 machines a host
  b,  ///< hosts of 64 cores and 256 GiB; 40 machines a host
};

FleetShape churn_fleet(std::uint32_t hosts, ChurnSeries series = ChurnSeries::a);

class ChurnVms final : public VmSource {
 public:
  explicit ChurnVms(std::uint32_t hosts, ChurnSeries series = ChurnSeries::a);
  bool next(VmRequest& out) override;

  std::uint64_t total() const { return total_; }
  /// FNV-1a over (arrival ms, life ms, shape) of those handed out.
  std::uint64_t checksum() const { return checksum_.value(); }

 private:
  std::uint64_t total_, next_ = 0;
  double per_second_, clock_ = 0;
  Fnv checksum_;
};

}  // namespace strata
