// What does the host engine cost: an event, a task among K others, a storm of 10,000 boots?

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "models/host/cores.h"
#include "models/host/lock.h"
#include "tests/laws/draw.h"

namespace strata {
namespace {

/// SimGrid allows one timeline a process, so all benchmarks follow each other on this one.
Timeline& timeline() {
  static Timeline only;
  return only;
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// K events pending, each of which schedules its successor a random delay later.
void timeline_event(benchmark::State& state) {
  Draw draw(1);
  std::uint64_t left = 0;
  std::function<void()> next = [&] {
    if (left == 0) return;
    --left;
    timeline().at(timeline().now() + 1 + draw.below(1'000'000), [&] { next(); });
  };
  std::uint64_t events = 0;
  for (auto _ : state) {
    const std::uint64_t before = timeline().events();
    left = 1'000'000;
    for (int i = 0; i < state.range(0); ++i) timeline().at(timeline().now(), [&] { next(); });
    timeline().run();
    events += timeline().events() - before;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
}
BENCHMARK(timeline_event)
    ->Arg(1)
    ->Arg(100)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);

/// Keeps `threads` threads in each of `entities` entities: the end of one submits the next.
void cores_tasks(benchmark::State& state, int entities, int threads) {
  constexpr int tasks = 200'000;
  for (auto _ : state) {
    Cores cores(timeline(), 64);
    Draw draw(2);
    int left = tasks;
    std::function<void(EntityId)> next = [&](EntityId entity) {
      if (--left < 0) return;
      cores.submit(entity, draw.exponential(1e6), [&next, entity] { next(entity); });
    };
    for (int i = 0; i < entities; ++i) {
      const EntityId entity = cores.add_entity(1 + i % 4);
      for (int t = 0; t < threads; ++t) next(entity);
    }
    timeline().run();
  }
  state.SetItemsProcessed(state.iterations() * tasks);
}

void cores_task_own_entity(benchmark::State& state) {
  cores_tasks(state, static_cast<int>(state.range(0)), 1);
}
BENCHMARK(cores_task_own_entity)
    ->Arg(100)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(30'000)
    ->Unit(benchmark::kMillisecond);

void cores_task_eight_threads_an_entity(benchmark::State& state) {
  cores_tasks(state, static_cast<int>(state.range(0)) / 8, 8);
}
BENCHMARK(cores_task_eight_threads_an_entity)
    ->Arg(100)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(30'000)
    ->Unit(benchmark::kMillisecond);

/// 8 phases a boot: cpu, wait, cpu, cpu under the machine's lock, and the same again.
class Storm {
 public:
  explicit Storm(int instances) : entities_(static_cast<std::size_t>(instances)) {
    for (EntityId& entity : entities_) {
      entity = cores_.add_entity(1);
      play(entity, 0);
    }
  }

 private:
  void play(EntityId entity, int phase) {
    if (phase == 8) return cores_.remove_entity(entity);
    const auto next = [this, entity, phase] { play(entity, phase + 1); };
    switch (phase % 4) {
      case 1:
        timeline().at(timeline().now() + std::llround(draw_.exponential(8e6)), next);
        break;
      case 3:
        lock_.acquire([this, entity, next] {
          cores_.submit(entity, draw_.exponential(0.05e6), [this, next] {
            lock_.release();
            next();
          });
        });
        break;
      default:
        cores_.submit(entity, draw_.exponential(8e6), next);
    }
  }

  Draw draw_{3};
  Cores cores_{timeline(), 64};
  Lock lock_{timeline()};
  std::vector<EntityId> entities_;
};

void boot_storm_of_8_phases_on_64_cores(benchmark::State& state) {
  for (auto _ : state) {
    Storm storm(static_cast<int>(state.range(0)));
    timeline().run();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * 8);
  state.counters["peak_MiB"] = peak_mib();
}
BENCHMARK(boot_storm_of_8_phases_on_64_cores)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace strata
