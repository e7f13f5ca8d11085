#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/claims/play.h"
#include "models/host/vcpus.h"

namespace strata {
namespace {

/// The 99th percentile of the latencies, without the first tenth, which found the host empty.
double p99(const VcpuRun& run) {
  std::vector<Tick> sorted(
      run.latencies.begin() + static_cast<std::ptrdiff_t>(run.latencies.size() / 10),
      run.latencies.end());
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 99 / 100);
  std::nth_element(sorted.begin(), at, sorted.end());
  return static_cast<double>(*at);
}

}  // namespace

// The same requests, on as many vCPUs (or threads) of the same size, twice: under a host's
// scheduler that knows nothing of the guests' locks, and under one that sees all. The points are
// vCPUs a core.
PlayKind stacked_schedulers_play() {
  return {
      "stacked_schedulers",
      "requests on vCPUs that share cores: a blind scheduler beneath against one that sees all",
      {{"cores", Dimension::ratio},
       {"vcpus", Dimension::ratio},
       {"load", Dimension::ratio},
       {"service", Dimension::time},
       {"locked", Dimension::ratio},
       {"slice", Dimension::time},
       {"spin", Dimension::time},
       {"wake", Dimension::time},
       {"requests", Dimension::ratio}},
      {},
      {},
      {"latency.p99", "latency.p99_of_one"},
      [](const ClaimPlay& play, const Catalog&) {
        return [&play](const PlayPoint& at) {
          const auto number = [&](const char* key) { return at.draws(play.numbers.at(key)); };
          const auto time = [&](const char* key) {
            return static_cast<Tick>(std::llround(number(key)));
          };
          const auto whole = [&](const char* key) {
            return std::max(1, static_cast<int>(std::lround(number(key))));
          };
          VcpuSpec spec;
          spec.cores = whole("cores");
          spec.vcpus = whole("vcpus");
          spec.guests =
              std::max(1, static_cast<int>(std::lround(at.value * spec.cores / spec.vcpus)));
          spec.load = std::min(0.97, number("load"));
          spec.service = time("service");
          spec.locked = std::min(0.5, number("locked"));
          spec.slice = time("slice");
          spec.spin = time("spin");
          spec.wake = time("wake");
          spec.requests = whole("requests");
          spec.seed = play.seed;
          const double blind = p99(run_vcpus(spec));
          spec.knows = true;
          return PlayAnswers{{"latency.p99", blind}, {"latency.p99_of_one", p99(run_vcpus(spec))}};
        };
      }};
}

}  // namespace strata
