#include "real-harness/measuring/measure.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <stdexcept>
#include <thread>

#include "real-harness/measuring/at_once.h"
#include "real-harness/measuring/marginal.h"
#include "real-harness/measuring/samples.h"
#include "real-harness/owned/disk.h"

namespace strata {
namespace {

/// The runners start the toolstacks of today's distributions; older ones are not to be had here.
constexpr int kEra = 2026;

Outcome failed(const std::string& why) {
  Outcome outcome;
  outcome.outcome = "failed: " + why;
  return outcome;
}

Outcome outcome_of(Runner& runner, const Trial& trial) {
  try {
    Outcome outcome = runner.run(trial);
    outcome.configured = runner.configured();
    return outcome;
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

/// A row's number, or why there is none.
using Sample = CrowdSample;

/// One life of one instance: a sample for each of its metrics.
std::vector<Sample> samples_of_one(const Life& life, const Outcome& outcome) {
  const std::size_t count = life.probes.size();
  if (!outcome.ok()) return std::vector<Sample>(count, {0, outcome.outcome});
  const auto numbers = numbers_of(life, outcome);
  if (!numbers) return std::vector<Sample>(count, {0, "failed: the guest's answer is no answer"});
  std::vector<Sample> samples;
  for (const std::optional<double>& number : *numbers)
    samples.push_back(number ? Sample{*number, "ok"}
                             : Sample{0, "failed: the payload's memory could not be read"});
  return samples;
}

/// The same of several instances at once.
std::vector<Sample> samples_of_crowd(const Life& life, Runner& runner,
                                     const std::vector<int>& instances) {
  if (life.probes.front().from >= From::burst) return samples_at_once(runner, life);
  const auto totals =
      totals_of(runner, life.trial, instances.empty() ? instance_counts(runner) : instances,
                life.probes.front().merged);
  const auto slope = slope_of(totals);
  std::vector<Sample> samples;
  for (const Probe& probe : life.probes) {
    Sample sample{slope.value_or(0), "ok"};
    for (const Total& total : totals) {
      if (probe.from == From::total && probe.instances == total.instances)
        sample = {total.mib, total.outcome, total.instances};
      if (probe.from == From::slope && (total.outcome == "ok") == slope.has_value()) {
        sample.instances = total.instances;  // at the end, the most that count
        if (!slope) sample.outcome = total.outcome;
      }
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

/// A measurement under way.
class Measuring {
 public:
  explicit Measuring(const MeasurePlan& plan) : plan_(plan) {
    for (Runner* runner : plan.runners) {
      lives_.push_back(lives(suited(plan.probes, *runner, plan.instances)));
      for (Life& life : lives_.back()) {
        life.trial.deadline = std::max(life.trial.deadline, runner->patience());
        if (life.trial.offer == Offer::disk) offer_disk(life.trial);
        for (const Probe& probe : life.probes) samples_.cell(runner->stack(), cell_name(probe));
      }
    }
  }

  Measurement run(const std::function<void(const Standing&)>& told) {
    for (int round = 0; open() > 0 && !is_late(); ++round) {
      told({round, open(), static_cast<int>(samples_.cells().size())});
      for (std::size_t kind = 0; kind < kinds(); ++kind)
        for (std::size_t i = 0; i < plan_.runners.size(); ++i) {
          // Who comes first changes from round to round, so that nobody always follows the same.
          const std::size_t who = (i + static_cast<std::size_t>(round)) % plan_.runners.size();
          if (kind >= lives_[who].size()) continue;
          const Life& life = lives_[who][kind];
          Runner& runner = *plan_.runners[who];
          if (!is_late() && is_wanted(life, runner)) live(life, runner, round);
        }
      if (round < plan_.warm_ups) continue;
      for (OpenCell& cell : samples_.cells()) samples_.decide(cell, plan_.sampling);
    }
    Measurement out = samples_.finished();
    out.wires = std::move(wires_);
    return out;
  }

 private:
  /// A machine where no disk can be offered is measured all the same.
  void offer_disk(Trial& trial) {
    try {
      if (!disk_ && no_disk_.empty()) disk_.emplace();
      if (disk_) trial.disk = disk_->path();
    } catch (const std::exception& error) {
      no_disk_ = error.what();
    }
  }

  Outcome seen(Runner& runner, const Trial& trial) {
    Outcome outcome = outcome_of(runner, trial);
    if (!outcome.wire.empty()) wires_[runner.stack()] = outcome.wire;
    return outcome;
  }

  /// The most kinds of lives that a runner has.
  std::size_t kinds() const {
    std::size_t most = 0;
    for (const auto& of_runner : lives_) most = std::max(most, of_runner.size());
    return most;
  }

  bool is_late() const { return std::chrono::steady_clock::now() >= plan_.until; }

  int open() {
    return static_cast<int>(std::ranges::count_if(
        samples_.cells(), [](const OpenCell& cell) { return cell.end.stopped == Stopped::no; }));
  }

  bool is_wanted(const Life& life, const Runner& runner) {
    return std::any_of(life.probes.begin(), life.probes.end(), [&](const Probe& probe) {
      return samples_.cell(runner.stack(), cell_name(probe)).end.stopped == Stopped::no;
    });
  }

  /// One life: a record for each of its metrics.
  void live(const Life& life, Runner& runner, int round) {
    std::this_thread::sleep_for(plan_.settle);
    const bool has_all = life.trial.offer != Offer::disk || no_disk_.empty();
    const auto samples = samples_.beside([&] {
      if (life.is_crowd()) return samples_of_crowd(life, runner, plan_.instances);
      return samples_of_one(life, has_all ? seen(runner, life.trial) : failed(no_disk_));
    });

    Record record;
    record.stack = runner.stack();
    record.machine = plan_.machine;
    record.era = kEra;
    record.accel = runner.accel();
    record.clock = runner.clock();
    record.origin = "measured";
    const bool warm_up = round < plan_.warm_ups;
    record.trial = warm_up ? round : round - plan_.warm_ups;
    for (std::size_t i = 0; i < life.probes.size(); ++i) {
      record.metric = life.probes[i].metric;
      record.unit = life.probes[i].unit;
      const bool burst = life.probes[i].from == From::burst;
      record.parallel = burst ? 0 : 1;
      record.burst = burst ? life.probes[i].instances : 0;
      record.statistic = life.probes[i].statistic;
      record.value = samples[i].value;
      record.instances = samples[i].instances;
      record.outcome = samples[i].outcome;
      samples_.add(samples_.cell(runner.stack(), cell_name(life.probes[i])), record, warm_up);
    }
  }

  const MeasurePlan& plan_;
  std::vector<std::vector<Life>> lives_;  // of each runner
  std::optional<DataFile> disk_;
  std::string no_disk_;  // why there is none
  Samples samples_;
  std::map<std::string, std::vector<WireDevice>> wires_;
};

}  // namespace

Measurement measure(const MeasurePlan& plan, const std::function<void(const Standing&)>& told) {
  return Measuring(plan).run(told);
}

}  // namespace strata
