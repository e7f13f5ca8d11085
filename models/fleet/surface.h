#pragma once

#include <cstdint>
#include <vector>

#include "models/host/footprint.h"
#include "models/layers/draws.h"
#include "models/study/machine_file.h"
#include "models/study/stack_file.h"

namespace strata {

/// How long a start takes, in ns, as the host scale found it: quantiles for numbers of starts in
/// flight on the host (itself included) and of instances already running there.
///
/// Between the numbers it knows it is linear in each; beyond the last, the last slope goes on. More
/// in flight or running never makes a quantile shorter: sampling noise that says so is levelled.
class BootSurface {
 public:
  /// `samples[f][r]` are start latencies with in_flight[f] and running[r]. Both ascend, and
  /// in_flight begins with 1, running with 0.
  BootSurface(std::vector<int> in_flight, std::vector<int> running,
              const std::vector<std::vector<std::vector<double>>>& samples);
  BootSurface() = default;

  /// The latency at `rank`, the share in (0, 1) of starts under these conditions that are shorter.
  double latency_ns(double in_flight, double running, double rank) const;

  static constexpr std::size_t kQuantiles = 129;  ///< at (k + 1/2) / 129

  // What a file keeps of it.
  std::vector<int> in_flight, running;
  std::vector<double> quantiles;  ///< [in flight][running][quantile]

 private:
  double at(std::size_t f, std::size_t r, double rank) const;
};

/// What the fleet scale knows of one stack on one machine, for one draw of the parameters.
struct Surface {
  BootSurface boot;
  Footprint memory;
  std::int64_t host_memory = 0;  ///< bytes of the machine
  int host_cores = 1;
  double alone_ns = 0;      ///< a start's critical path, nothing contending
  double boot_cores = 0;    ///< cores one start keeps busy on average, alone
  double slowdown = 1;      ///< ns of CPU time per ns of a function's own work
  double housekeeping = 0;  ///< share of one core an instance takes whether or not it works
};

/// All of a surface but the starts: what follows in closed form.
Surface closed_form(const StackFile& stack, const MachineFile& machine, const Draws& draws);

/// How finely a surface is sampled.
struct SurfaceDetail {
  std::vector<int> in_flight = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 64, 128};
  std::vector<int> running = {0, 100, 1000};  ///< only 0 where no phase depends on it
  int starts = 2000;                          ///< measured a point
};

/// Plays the starts of every point on the host scale, `jobs` points at a time in forked workers,
/// each keeping its number in flight, without those at the beginning that began together and those
/// at the end with fewer beside them. Starts that `cache` has are not played.
Surface measure_surface(const StackFile& stack, const MachineFile& machine, const Draws& draws,
                        const SurfaceDetail& detail, int jobs, const struct SurfaceCache& cache);

}  // namespace strata
