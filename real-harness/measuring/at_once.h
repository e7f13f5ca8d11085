#pragma once

#include <string>
#include <vector>

#include "real-harness/measuring/life.h"
#include "real-harness/runner.h"

namespace strata {

/// boot.total of that many starts at the same instant: their median and their 99th percentile, each
/// a metric of its own kind of life. The instances compete for this machine's processors, and so
/// does one process of the harness for each.
std::vector<Probe> burst_probes(int starts);

/// density.instances, how many instances a budget of so many MiB holds, and density.memory, what
/// each of them takes; both by memory.total (marginal.h).
std::vector<Probe> density_probes(double mib);

/// A number, or why there is none, and of how many instances.
struct CrowdSample {
  double value = 0;
  std::string outcome = "ok";
  int instances = 1;
};

/// One life of a burst or of a density: a sample for each of its probes.
std::vector<CrowdSample> samples_at_once(Runner& runner, const Life& life);

}  // namespace strata
