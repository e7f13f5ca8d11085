#include "real-harness/measuring/measure.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <optional>
#include <stdexcept>
#include <thread>

#include "real-harness/host.h"
#include "real-harness/measuring/at_once.h"
#include "real-harness/measuring/disturbance.h"
#include "real-harness/measuring/marginal.h"
#include "real-harness/measuring/statistics.h"
#include "real-harness/owned/disk.h"

namespace strata {
namespace {

/// The runners start the toolstacks of today's distributions; older ones are not to be had here.
constexpr int kEra = 2026;

/// A cell while it is measured; `samples` are indices of records, warm-ups left out.
struct Cell {
  CellEnd end;
  std::vector<std::size_t> samples;
  int failed = 0;
};

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
        for (const Probe& probe : life.probes)
          cells_.push_back({{runner->stack(), cell_name(probe)}, {}});
      }
    }
  }

  Measurement run(const std::function<void(const Standing&)>& told) {
    last_loop_ = least_ = reference_loop();
    for (int round = 0; open() > 0 && !is_late(); ++round) {
      told({round, open(), static_cast<int>(cells_.size())});
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
      for (Cell& cell : cells_)
        if (cell.end.stopped == Stopped::no)
          cell.end.stopped = decide(plan_.sampling, quiet_values(cell),
                                    static_cast<int>(cell.samples.size()), cell.failed);
    }
    return finished();
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

  int open() const {
    return static_cast<int>(std::count_if(cells_.begin(), cells_.end(), [](const Cell& cell) {
      return cell.end.stopped == Stopped::no;
    }));
  }

  Cell* cell_of(const Runner& runner, const Probe& probe) {
    const auto cell = std::find_if(cells_.begin(), cells_.end(), [&](const Cell& c) {
      return c.end.stack == runner.stack() && c.end.metric == cell_name(probe);
    });
    return cell == cells_.end() ? nullptr : &*cell;
  }

  bool is_wanted(const Life& life, const Runner& runner) {
    return std::any_of(life.probes.begin(), life.probes.end(), [&](const Probe& probe) {
      const Cell* cell = cell_of(runner, probe);
      return cell && cell->end.stopped == Stopped::no;
    });
  }

  std::vector<double> quiet_values(const Cell& cell) const {
    std::vector<double> values;
    for (const std::size_t i : cell.samples)
      if (records_[i].outcome == "ok" && !is_disturbed(quiet_[i], least_))
        values.push_back(records_[i].value);
    return values;
  }

  /// One life: a record for each of its metrics. The loop after one life is the one before the
  /// next.
  void live(const Life& life, Runner& runner, int round) {
    std::this_thread::sleep_for(plan_.settle);
    const CpuTicks before = cpu_ticks();
    const bool has_all = life.trial.offer != Offer::disk || no_disk_.empty();
    const auto samples = life.is_crowd() ? samples_of_crowd(life, runner, plan_.instances)
                                         : samples_of_one(life, has_all ? seen(runner, life.trial)
                                                                        : failed(no_disk_));
    const double loop = reference_loop();
    const Quiet quiet{std::max(last_loop_, loop), stolen_share(before, cpu_ticks())};
    last_loop_ = loop;
    least_ = std::min(least_, loop);

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
      const Sample& sample = samples[i];
      const bool ok = sample.outcome == "ok";
      record.value = sample.value;
      record.instances = sample.instances;
      record.outcome = ok && warm_up ? kWarmUp : sample.outcome;
      if (!warm_up) {
        Cell& cell = *cell_of(runner, life.probes[i]);
        cell.samples.push_back(records_.size());
        cell.failed += !ok;
      }
      records_.push_back(record);
      quiet_.push_back(quiet);
    }
  }

  /// Which samples were disturbed is known at the end only, by the quickest loop of all.
  Measurement finished() {
    Measurement out;
    for (Cell& cell : cells_) {
      if (cell.end.stopped == Stopped::no) cell.end.stopped = Stopped::time;
      std::vector<double> loops;
      for (const std::size_t i : cell.samples) {
        loops.push_back(quiet_[i].loop / least_);
        if (records_[i].outcome == "ok" && is_disturbed(quiet_[i], least_))
          records_[i].outcome = kDisturbed;
      }
      std::sort(loops.begin(), loops.end());
      if (!loops.empty()) cell.end.reference = quantile_of(loops, 0.5);
      out.cells.push_back(std::move(cell.end));
    }
    out.records = std::move(records_);
    out.wires = std::move(wires_);
    return out;
  }

  const MeasurePlan& plan_;
  std::vector<std::vector<Life>> lives_;  // of each runner
  std::optional<DataFile> disk_;
  std::string no_disk_;  // why there is none
  std::vector<Cell> cells_;
  std::vector<Record> records_;
  std::map<std::string, std::vector<WireDevice>> wires_;
  std::vector<Quiet> quiet_;  // of each record
  double last_loop_ = 0, least_ = std::numeric_limits<double>::infinity();
};

}  // namespace

Measurement measure(const MeasurePlan& plan, const std::function<void(const Standing&)>& told) {
  return Measuring(plan).run(told);
}

}  // namespace strata
