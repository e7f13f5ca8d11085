// What placing costs: FLEET-CHURN from a thousand hosts to a million, beside a plain engine that
// looks at every host and keeps departures in a heap, in the same run. Both do arrival, placement
// and departure only. `peak_MiB` is the process's so far, so read the ladder from its small end.

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <queue>

#include "models/fleet/churn.h"
#include "models/fleet/policies.h"

namespace strata {
namespace {

void report(benchmark::State& state, std::uint64_t placed) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["placements"] = benchmark::Counter(static_cast<double>(placed),
                                                    benchmark::Counter::kIsIterationInvariantRate);
  state.counters["peak_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

void churn(benchmark::State& state, const PlacementPolicy& policy) {
  const auto hosts = static_cast<std::uint32_t>(state.range(0));
  std::uint64_t placed = 0;
  for (auto _ : state) {
    const FleetShape fleet = churn_fleet(hosts);
    ChurnVms source(hosts);
    const auto placement = policy.make(fleet);
    placed = place(source, fleet, *placement).placed;
  }
  report(state, placed);
}

void FleetFirstFit(benchmark::State& state) { churn(state, first_fit()); }
void FleetBestFit(benchmark::State& state) { churn(state, best_fit()); }
BENCHMARK(FleetFirstFit)
    ->RangeMultiplier(10)
    ->Range(1000, 1'000'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(FleetBestFit)->RangeMultiplier(10)->Range(1000, 1'000'000)->Unit(benchmark::kMillisecond);

/// First Fit as one would first write it.
void PlainFirstFit(benchmark::State& state) {
  const auto hosts = static_cast<std::uint32_t>(state.range(0));
  std::uint64_t placed = 0;
  for (auto _ : state) {
    const FleetShape fleet = churn_fleet(hosts);
    std::vector<Capacity> free = fleet.hosts;
    struct Departure {
      std::int64_t at;
      std::uint64_t vm;
      HostId host;
      std::uint32_t shape;
      bool operator>(const Departure& other) const {
        return at != other.at ? at > other.at : vm > other.vm;
      }
    };
    std::priority_queue<Departure, std::vector<Departure>, std::greater<>> departures;
    ChurnVms source(hosts);
    VmRequest vm;
    placed = 0;
    for (std::uint64_t i = 0; source.next(vm); ++i) {
      for (; !departures.empty() && departures.top().at <= vm.at; departures.pop()) {
        const Departure& d = departures.top();
        free[d.host].cores += fleet.shapes[d.shape].cores;
        free[d.host].mib += fleet.shapes[d.shape].mib;
      }
      const Capacity& asked = fleet.shapes[vm.shape];
      HostId host = 0;
      while (host < hosts && !fits(asked, free[host])) ++host;
      if (host == hosts) continue;
      free[host].cores -= asked.cores;
      free[host].mib -= asked.mib;
      departures.push({vm.at + vm.life, i, host, vm.shape});
      ++placed;
    }
    benchmark::DoNotOptimize(free.data());
  }
  report(state, placed);
}
BENCHMARK(PlainFirstFit)->RangeMultiplier(10)->Range(1000, 10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace strata
