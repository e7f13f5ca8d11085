#include "real-harness/measuring/marginal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <stdexcept>

#include "real-harness/owned/memory.h"
#include "real-harness/owned/merging.h"
#include "real-harness/owned/together.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

/// Instances that start at once wait for each other's processor time.
constexpr seconds kMoreForEach{5};
constexpr seconds kSettling{60};
/// To fill a budget may take thousands of them.
constexpr seconds kLongest{1800};

/// What a runtime still does after the mark `main` of its instance is soon over.
constexpr useconds_t kCalm = 200'000;

double mib_of(const std::vector<pid_t>& launchers, const KernelMemory& kernel, bool merged) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    usleep(kCalm);
    std::vector<fs::path> processes;
    for (const pid_t launcher : launchers)
      for (fs::path& process : family_of(launcher)) processes.push_back(std::move(process));
    const auto use = memory_of(processes);
    if (!use) continue;  // one of them was about to end
    const double notes = merged ? merging_notes_kib(processes) : 0;
    return (static_cast<double>(use->pss) + kernel.kib(processes) + notes) / 1024;
  }
  throw std::runtime_error("the memory of a process beside the instances could not be read");
}

Total total_of(Runner& runner, Trial trial, int instances, bool merged) {
  Total total{instances};
  try {
    std::optional<PageMerging> merging;
    if (merged) merging.emplace();
    const KernelMemory kernel;
    trial.group = kernel.group();
    trial.deadline += kMoreForEach * instances + (merged ? kSettling : seconds(0));
    total.outcome =
        run_together(runner, trial, instances, [&](const std::vector<pid_t>& launchers) {
          if (merging) merging->settle(kSettling);
          total.mib = mib_of(launchers, kernel, merged);
        });
  } catch (const std::exception& error) {
    total.outcome = std::string("failed: ") + error.what();
  }
  return total;
}

}  // namespace

std::vector<int> instance_counts(const Runner& runner) {
  return runner.configured() ? std::vector{1, 2, 4} : std::vector{1, 4, 16};
}

std::vector<Total> totals_of(Runner& runner, const Trial& trial, const std::vector<int>& counts,
                             bool merged) {
  std::vector<Total> totals;
  double each = runner.configured().value_or(0);
  for (const int instances : counts) {
    const auto refused = too_many(instances, each, free_memory());
    totals.push_back(refused ? Total{instances, 0, "failed: " + *refused}
                             : total_of(runner, trial, instances, merged));
    each = std::max(each, totals.back().mib / instances);
  }
  return totals;
}

int more_for(double budget, double taken, int instances) {
  const double left = (budget - taken) * instances / taken;  // instances as large as each is now
  if (left < 1) return 0;
  // What one takes is not known well before many are there, and one too many would be for nothing.
  return std::max(1, std::min(static_cast<int>(0.8 * left), 2 * instances));
}

Total held_by(Runner& runner, Trial trial, double budget) {
  Total held;
  try {
    if (const double free = free_memory(); budget > 0.9 * free)
      throw std::runtime_error(
          fmt::format("the budget is {:.0f} MiB, and {:.0f} MiB are free", budget, free));
    const KernelMemory kernel;
    trial.group = kernel.group();
    trial.deadline = kLongest;
    held.outcome = run_growing(runner, trial, 1, [&](const std::vector<pid_t>& launchers) {
      const double mib = mib_of(launchers, kernel, false);
      const int count = static_cast<int>(launchers.size());
      if (mib <= budget) held.instances = count, held.mib = mib;
      return mib <= budget ? more_for(budget, mib, count) : 0;
    });
    if (held.outcome == "ok" && held.instances == 0)
      throw std::runtime_error(fmt::format("the budget of {} MiB does not hold one", budget));
  } catch (const std::exception& error) {
    held.outcome = std::string("failed: ") + error.what();
  }
  return held;
}

std::optional<double> slope_of(const std::vector<Total>& totals) {
  double count = 0, x = 0, y = 0;
  const auto each_ok = [&](auto take) {
    for (const Total& t : totals)
      if (t.outcome == "ok") take(static_cast<double>(t.instances), t.mib);
  };
  each_ok([&](double n, double mib) { count += 1, x += n, y += mib; });
  double above = 0, below = 0;
  each_ok([&](double n, double mib) {
    above += (n - x / count) * (mib - y / count);
    below += (n - x / count) * (n - x / count);
  });
  if (below <= 0) return std::nullopt;
  return above / below;
}

std::optional<std::string> too_many(int instances, double each, double free) {
  if (instances * each <= 0.9 * free) return std::nullopt;
  return fmt::format("{} instances may take {:.0f} MiB each, and {:.0f} MiB are free", instances,
                     each, free);
}

}  // namespace strata
