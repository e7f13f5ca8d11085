// What does a placement cost with stacks on, and a call of a function?

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "models/fleet/churn.h"
#include "models/fleet/faas.h"
#include "models/fleet/keep_alives.h"
#include "models/fleet/policies.h"
#include "models/fleet/stack_tenants.h"

namespace strata {
namespace {

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// A micro-VM: 100 to 400 ms to start, slower the more start beside it; 50 MiB, of which 30 shared.
Surface micro_vm() {
  Surface s;
  std::vector<double> alone, crowded;
  for (int i = 0; i < 1000; ++i) {
    alone.push_back(100e6 + 1e5 * i);
    crowded.push_back(4e5 * i + 400e6);
  }
  s.boot = BootSurface({1, 64}, {0}, {{alone}, {crowded}});
  s.memory.fixed = std::int64_t{1} << 30;
  s.memory.first = s.memory.fixed + (80 << 20);
  s.memory.marginal = 50 << 20;
  s.host_memory = std::int64_t{64} << 30;
  s.host_cores = 16;
  return s;
}

/// Beside FleetFirstFit in the same run: the same placements, with the boot surface, the memory
/// ledger and the cost of a stack on.
void FleetFirstFitWithStacks(benchmark::State& state) {
  const auto hosts = static_cast<std::uint32_t>(state.range(0));
  const Surface surface = micro_vm();
  std::uint64_t placed = 0;
  for (auto _ : state) {
    const FleetShape fleet = churn_fleet(hosts);
    ChurnVms source(hosts);
    const auto policy = first_fit().make(fleet);
    StackTenants tenants(surface, hosts, 1e6, 1);
    placed += place(source, fleet, *policy, nullptr, &tenants).placed;
    tenants.finish();
    benchmark::DoNotOptimize(tenants.boots().quantile(0.99));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(placed));
  state.counters["peak_MiB"] = peak_mib();
}

/// Memory's peak is the process's so far, so the ladder goes up.
void ladder(benchmark::internal::Benchmark* b) {
  b->RangeMultiplier(10)->Range(1000, 1'000'000)->Unit(benchmark::kMillisecond);
}
BENCHMARK(FleetFirstFitWithStacks)->Apply(ladder);

/// Calls of 500 functions, a few much more often than the rest, on 64 hosts.
class ManyCalls final : public InvocationSource {
 public:
  explicit ManyCalls(std::uint64_t calls) : left_(calls) {
    for (int f = 0; f < 500; ++f) functions_.push_back({std::to_string(f), "", 60});
  }
  const std::vector<FunctionSpec>& functions() const override { return functions_; }
  bool next(Invocation& out) override {
    if (left_-- == 0) return false;
    const double u = draws_.uniform();
    out.at_us = at_ += static_cast<std::int64_t>(20'000 * draws_.uniform());
    out.duration_us = 1 + static_cast<std::int64_t>(400'000 * draws_.uniform());
    out.function = static_cast<std::uint32_t>(500 * u * u * u * u);
    return true;
  }

 private:
  std::vector<FunctionSpec> functions_;
  std::uint64_t left_;
  std::int64_t at_ = 0;
  Stream draws_{1, "bench.calls"};
};

void FunctionCalls(benchmark::State& state) {
  const Surface surface = micro_vm();
  constexpr std::uint64_t kCalls = 1'000'000;
  for (auto _ : state) {
    ManyCalls calls(kCalls);
    const FaasTotals t =
        serve(calls, {&surface, 64, first_fit(), keep_fixed(), 600'000'000, 0.5, 0.8, 1});
    benchmark::DoNotOptimize(t.cold);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(kCalls) * state.iterations());
}
BENCHMARK(FunctionCalls)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace strata
