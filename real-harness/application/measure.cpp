#include "real-harness/application/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <thread>

#include "real-harness/measuring/samples.h"

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

class Measuring {
 public:
  explicit Measuring(const ServicePlan& plan) : plan_(plan), open_(plan.runners.size(), true) {}

  ServiceMeasurement run(const std::function<void(const Standing&)>& told) {
    for (int round = 0; any_open() && !is_late(); ++round) {
      told({round, static_cast<int>(std::count(open_.begin(), open_.end(), true)),
            static_cast<int>(open_.size())});
      for (std::size_t i = 0; i < open_.size(); ++i) {
        const std::size_t who = (i + static_cast<std::size_t>(round)) % open_.size();
        if (open_[who] && !is_late()) take(*plan_.runners[who], round);
      }
      if (round >= plan_.warm_ups) decide_all();
    }
    ServiceMeasurement out{samples_.finished(), {}};
    for (const auto& [stack, remark] : remarks_) out.remarks.push_back(stack + ": " + remark);
    return out;
  }

 private:
  bool is_late() const { return std::chrono::steady_clock::now() >= plan_.until; }
  bool any_open() const { return std::find(open_.begin(), open_.end(), true) != open_.end(); }

  void take(Runner& runner, int round) {
    std::this_thread::sleep_for(kSettle);
    const ServedLife life = samples_.beside([&] { return live(runner, plan_, false); });
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
    record.outcome = life.outcome;
    std::vector<LoadMetric> metrics = life.ok() ? own_metrics(life) : expected(plan_.load);
    if (life.ok())
      metrics.insert(metrics.end(), life.load.metrics.begin(), life.load.metrics.end());
    for (const LoadMetric& metric : metrics) {
      record.metric = metric.name;
      record.statistic = metric.statistic;
      record.unit = metric.unit;
      record.value = life.ok() ? metric.value : 0;
      samples_.add(samples_.cell(runner.stack(), metric.name), record, warm_up);
    }
  }

  void decide_all() {
    for (std::size_t i = 0; i < open_.size(); ++i) {
      bool open = false;
      for (OpenCell& cell : samples_.cells()) {
        if (cell.end.stack != plan_.runners[i]->stack()) continue;
        samples_.decide(cell, plan_.sampling);
        open = open || cell.end.stopped == Stopped::no;
      }
      open_[i] = open;
    }
  }

  const ServicePlan& plan_;
  std::vector<bool> open_;  // of each runner
  Samples samples_;
  std::map<std::string, std::string> remarks_;  // the last one of each stack
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
