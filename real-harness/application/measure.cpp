#include "real-harness/application/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <map>
#include <thread>

#include "real-harness/host.h"
#include "real-harness/measuring/disturbance.h"
#include "real-harness/measuring/statistics.h"

namespace strata {
namespace {

/// As in the records of the guest program: the toolstacks are today's.
constexpr int kEra = 2026;

/// The metrics every life has, before those of the load.
std::vector<LoadMetric> own_metrics(const ServedLife& life) {
  const double wait = static_cast<double>(life.first_answer - life.exec) / 1e6;
  const double pss = life.memory ? static_cast<double>(life.memory->pss) / 1024 : 0;
  return {{"boot.first_answer", "value", "ms", wait}, {"memory.loaded.pss", "value", "MiB", pss}};
}

/// What a life would have told, had it not failed.
std::vector<LoadMetric> expected(const Load& load) {
  std::vector<LoadMetric> all = own_metrics({});
  if (load.is_wrk || load.is_h2load) {
    all.push_back({"request.throughput", "value", "1/s", 0});
    all.push_back({"request.latency", "mean", "us", 0});
  } else {
    all.push_back({"load.time", "value", "s", 0});
  }
  return all;
}

/// One runner's metric; `samples` are indices of records, warm-ups left out.
struct Cell {
  CellEnd end;
  std::vector<std::size_t> samples;
  int failed = 0;
};

class Measuring {
 public:
  explicit Measuring(const ServicePlan& plan) : plan_(plan), open_(plan.runners.size(), true) {}

  ServiceMeasurement run(const std::function<void(const Standing&)>& told) {
    last_loop_ = least_ = reference_loop();
    for (int round = 0; any_open() && !is_late(); ++round) {
      told({round, static_cast<int>(std::count(open_.begin(), open_.end(), true)),
            static_cast<int>(open_.size())});
      for (std::size_t i = 0; i < open_.size(); ++i) {
        const std::size_t who = (i + static_cast<std::size_t>(round)) % open_.size();
        if (open_[who] && !is_late()) take(*plan_.runners[who], round);
      }
      if (round >= plan_.warm_ups) decide_all();
    }
    return finished();
  }

 private:
  bool is_late() const { return std::chrono::steady_clock::now() >= plan_.until; }
  bool any_open() const { return std::find(open_.begin(), open_.end(), true) != open_.end(); }

  Cell& cell_of(const std::string& stack, const std::string& metric) {
    for (Cell& cell : cells_)
      if (cell.end.stack == stack && cell.end.metric == metric) return cell;
    cells_.push_back({{stack, metric}, {}});
    return cells_.back();
  }

  void take(Runner& runner, int round) {
    std::this_thread::sleep_for(kSettle);
    const CpuTicks before = cpu_ticks();
    const ServedLife life = live(runner, plan_, false);
    const double loop = reference_loop();
    const Quiet quiet{std::max(last_loop_, loop), stolen_share(before, cpu_ticks())};
    last_loop_ = loop;
    least_ = std::min(least_, loop);
    if (!life.load.remark.empty()) remarks_[runner.stack()] = life.load.remark;

    const bool warm_up = round < plan_.warm_ups;
    Record record;
    record.stack = runner.stack();
    record.workload = plan_.workload;
    record.machine = plan_.machine;
    record.era = kEra;
    record.accel = runner.accel();
    record.clock = runner.clock();
    record.parallel = 1;
    record.instances = 1;
    record.trial = warm_up ? round : round - plan_.warm_ups;
    record.origin = "measured";
    record.outcome = life.ok() && warm_up ? kWarmUp : life.outcome;
    std::vector<LoadMetric> metrics = life.ok() ? own_metrics(life) : expected(plan_.load);
    if (life.ok())
      metrics.insert(metrics.end(), life.load.metrics.begin(), life.load.metrics.end());
    for (const LoadMetric& metric : metrics) {
      record.metric = metric.name;
      record.statistic = metric.statistic;
      record.unit = metric.unit;
      record.value = life.ok() ? metric.value : 0;
      Cell& cell = cell_of(runner.stack(), metric.name);
      if (!warm_up) {
        cell.samples.push_back(records_.size());
        cell.failed += !life.ok();
      }
      records_.push_back(record);
      quiet_.push_back(quiet);
    }
  }

  void decide_all() {
    for (std::size_t i = 0; i < open_.size(); ++i) {
      bool open = false;
      for (Cell& cell : cells_) {
        if (cell.end.stack != plan_.runners[i]->stack()) continue;
        if (cell.end.stopped == Stopped::no)
          cell.end.stopped = decide(plan_.sampling, quiet_values(cell),
                                    static_cast<int>(cell.samples.size()), cell.failed);
        open = open || cell.end.stopped == Stopped::no;
      }
      open_[i] = open;
    }
  }

  std::vector<double> quiet_values(const Cell& cell) const {
    std::vector<double> values;
    for (const std::size_t i : cell.samples)
      if (records_[i].outcome == "ok" && !is_disturbed(quiet_[i], least_))
        values.push_back(records_[i].value);
    return values;
  }

  /// Which samples were disturbed is known at the end only, by the quickest loop of all.
  ServiceMeasurement finished() {
    ServiceMeasurement out;
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
      out.measured.cells.push_back(std::move(cell.end));
    }
    out.measured.records = std::move(records_);
    for (const auto& [stack, remark] : remarks_) out.remarks.push_back(stack + ": " + remark);
    return out;
  }

  const ServicePlan& plan_;
  std::vector<bool> open_;  // of each runner
  std::vector<Cell> cells_;
  std::vector<Record> records_;
  std::vector<Quiet> quiet_;                    // of each record
  std::map<std::string, std::string> remarks_;  // the last one of each stack
  double last_loop_ = 0, least_ = std::numeric_limits<double>::infinity();
};

}  // namespace

ServiceMeasurement measure(const ServicePlan& plan,
                           const std::function<void(const Standing&)>& told) {
  return Measuring(plan).run(told);
}

ServedLife live(Runner& runner, const ServicePlan& plan, bool counted) {
  try {
    const auto stage = runner.stage(plan.application);
    return serve(*stage, plan.application.port, plan.load, plan.life, counted);
  } catch (const std::exception& error) {
    ServedLife life;
    life.outcome = std::string("failed: ") + error.what();
    return life;
  }
}

}  // namespace strata
