#include "real-harness/measuring/at_once.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include "real-harness/measuring/marginal.h"
#include "real-harness/measuring/statistics.h"
#include "real-harness/owned/together.h"

namespace strata {
namespace {

constexpr std::chrono::seconds kMoreForEach{5};

double none(const Outcome&, const StepAnswer&) { return 0; }

StartedAtOnce burst(Runner& runner, Trial trial, int starts) {
  trial.deadline += kMoreForEach * starts;
  try {
    StartedAtOnce out = start_at_once(runner, trial, starts);
    std::sort(out.ns.begin(), out.ns.end());
    return out;
  } catch (const std::exception& error) {
    return {std::string("failed: ") + error.what(), {}};
  }
}

}  // namespace

std::vector<Probe> burst_probes(int starts) {
  const std::string life = "burst of " + std::to_string(starts);
  Probe probe{"boot.total", "ms", "of starts at the same instant", life, From::burst, {}, none};
  probe.instances = starts;
  std::vector<Probe> out;
  for (const char* statistic : {"median", "p99"}) {
    probe.statistic = statistic;
    out.push_back(probe);
  }
  return out;
}

std::vector<Probe> density_probes(double mib) {
  const std::string life = "density";
  std::vector<Probe> out = {
      {"density.instances", "count", "that a budget holds", life, From::density, {"wait"}, none},
      {"density.memory", "MiB", "of each of these", life, From::density, {"wait"}, none}};
  for (Probe& probe : out) probe.budget = mib;
  return out;
}

std::vector<CrowdSample> samples_at_once(Runner& runner, const Life& life) {
  const Probe& first = life.probes.front();
  std::vector<CrowdSample> samples;
  if (first.from == From::burst) {
    const StartedAtOnce started = burst(runner, life.trial, first.instances);
    for (const Probe& probe : life.probes) {
      const double quantile = probe.statistic == "p99" ? 0.99 : 0.5;
      const double ns = started.ns.empty() ? 0 : quantile_of(started.ns, quantile);
      samples.push_back({ns / 1e6, started.outcome, first.instances});
    }
    return samples;
  }
  const Total held = held_by(runner, life.trial, first.budget);
  const bool ok = held.outcome == "ok";
  for (const Probe& probe : life.probes) {
    const double value = probe.metric == "density.memory" ? held.mib / held.instances
                                                          : static_cast<double>(held.instances);
    samples.push_back({ok ? value : 0, held.outcome, held.instances});
  }
  return samples;
}

}  // namespace strata
