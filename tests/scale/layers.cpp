// What the operation scale costs: following a walk, putting numbers in, solving, a boot plan.

#include <benchmark/benchmark.h>

#include "models/layers/boot.h"
#include "models/layers/models.h"
#include "models/layers/walk.h"

namespace strata {
namespace {

const Catalog& project() {
  static const Catalog kCatalog = [] {
    Catalog catalog;
    catalog.models = layer_models();
    read_home(".", catalog);
    return catalog;
  }();
  return kCatalog;
}

const StackFile& stack() { return project().stacks.at("docker_in_vm"); }
const MachineFile& machine() { return project().machines.at("m5d_metal"); }
const WorkloadFile& workload() { return project().workloads.at("nginx_612"); }

void ReadAllFiles(benchmark::State& state) {
  for (auto _ : state) {
    Catalog catalog;
    catalog.models = layer_models();
    read_home(".", catalog);
    benchmark::DoNotOptimize(catalog.stacks.size());
  }
}
BENCHMARK(ReadAllFiles)->Unit(benchmark::kMillisecond);

void FollowStructure(benchmark::State& state) {
  for (auto _ : state) {
    Issues issues;
    const StackModel model(stack(), machine(), workload(), issues);
    benchmark::DoNotOptimize(model.nodes().size());
  }
}
BENCHMARK(FollowStructure)->Unit(benchmark::kMicrosecond);

void Walk(benchmark::State& state) {
  Issues issues;
  const StackModel model(stack(), machine(), workload(), issues);
  for (auto _ : state) benchmark::DoNotOptimize(walk(model, Draws{}));
}
BENCHMARK(Walk)->Unit(benchmark::kMicrosecond);

void Solve(benchmark::State& state) {
  Issues issues;
  const StackModel model(stack(), machine(), workload(), issues);
  const System system = model.system(Draws{});
  for (auto _ : state) benchmark::DoNotOptimize(solve(system));
  state.counters["nodes"] = static_cast<double>(system.size());
}
BENCHMARK(Solve)->Unit(benchmark::kMicrosecond);

void DrawAndSolve(benchmark::State& state) {
  Issues issues;
  const StackModel model(stack(), machine(), workload(), issues);
  int trial = 0;
  for (auto _ : state) benchmark::DoNotOptimize(solve(model.system(Draws{1, ++trial})));
}
BENCHMARK(DrawAndSolve)->Unit(benchmark::kMicrosecond);

void BootAlone(benchmark::State& state) {
  for (auto _ : state) {
    const BootPlan plan = boot_plan(stack(), machine(), Draws{});
    benchmark::DoNotOptimize(alone(plan, machine(), Draws{}));
  }
}
BENCHMARK(BootAlone)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace strata
