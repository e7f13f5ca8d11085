#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "models/base/distribution.h"
#include "models/calibrate/application.h"
#include "models/calibrate/grounds.h"
#include "models/calibrate/predict_way.h"
#include "models/host/simulate.h"
#include "models/host/workers.h"

namespace strata {
namespace {

constexpr double kMs = 1e6;  // ns
/// Starts at stated values, as many as the published series have, and in each draw at least.
constexpr int kStartsAsStated = 500, kStartsOfADraw = 100;

/// Which clock a metric reads.
std::string clock_of(const std::string& metric) {
  return metric == "snapshot.restore" ? "total" : metric.substr(metric.find('.') + 1);
}

bool starts_from_snapshot(const StackFile& stack) {
  return std::any_of(stack.layers.begin(), stack.layers.end(), [](const StackLayer& layer) {
    return std::any_of(layer.layer.boot.begin(), layer.layer.boot.end(),
                       [](const BootPhase& phase) { return phase.name == "restore"; });
  });
}

/// The times of one run of starts that a metric is about, ms.
std::vector<double> times_of(const Question& q, const BootPlan& plan, const BootRun& run) {
  const std::string clock = clock_of(q.metric);
  std::vector<double> times;
  for (const Start& s : run.starts) {
    Tick begin = s.begin, end = s.end;
    if (clock == "vmm") end = s.guest;
    if (clock == "guest") begin = s.guest;
    if (const auto at = plan.clocks.find(clock); at != plan.clocks.end())
      begin = s.clocks[static_cast<std::size_t>(std::distance(plan.clocks.begin(), at))];
    times.push_back(static_cast<double>(end - begin) / kMs);
  }
  return times;
}

double statistic(std::vector<double> values, std::optional<double> q) {
  if (!q) {
    double sum = 0;
    for (const double v : values) sum += v;
    return sum / static_cast<double>(values.size());
  }
  std::sort(values.begin(), values.end());
  return quantile(Empirical{std::move(values)}, *q);
}

/// One run of starts and what several questions want to know of it. Forked: SimGrid has one engine
/// a process.
std::string play_starts(const std::vector<const Question*>& questions, const Draws& draws) {
  const Question& q = *questions.front();
  BootPlan plan = boot_plan(*q.stack, *q.machine, draws);
  if (q.workload) {
    Issues none;  // way_of_boot() found none
    append_run(plan, StackModel(*q.stack, *q.machine, *q.workload, none), draws);
  }
  StartPattern pattern;
  if (q.burst > 0) {
    pattern = {q.burst, 0, true, q.running};
  } else {
    const int least = draws.trial == 0 ? kStartsAsStated : kStartsOfADraw;
    pattern = {std::max(least, 10 * q.parallel), q.parallel, false, q.running};
  }
  // One jitter for all stacks: what they share cancels.
  const BootRun run = run_boots(plan, q.stack->vcpus, host_numbers(*q.machine, draws), pattern,
                                draws.seed, fmt::format("boot/{}", draws.trial));
  nlohmann::json out = nlohmann::json::array();
  for (const Question* each : questions)
    out.push_back(statistic(times_of(*each, plan, run), each->quantile));
  return out.dump();
}

/// What makes two questions be about the same starts.
using StartsKey = std::tuple<std::string, std::string, std::string, int, int, int>;

}  // namespace

Way way_of_boot(const Question& q) {
  Issues issues;
  check_boot(*q.stack, issues);
  if (!issues.empty()) return cannot(print(issues.front()));
  const BootPlan plan = boot_plan(*q.stack, *q.machine, Draws{});
  if (plan.phases.empty()) return cannot(q.stack->id + " states no boot");
  if (q.metric == "snapshot.restore" && !starts_from_snapshot(*q.stack))
    return cannot(fmt::format("{} cannot express {}: none of its layers has a phase [boot.restore]",
                              q.stack->id, q.metric));
  const std::string clock = clock_of(q.metric);
  if (clock == "vmm" || clock == "guest") {
    if (!runs_guests(*q.stack))
      return cannot(
          fmt::format("{} cannot express {}: none of its layers runs a guest; ask for "
                      "boot.total",
                      q.stack->id, q.metric));
  } else if (clock != "total" && !plan.clocks.contains(clock)) {
    return cannot(fmt::format("{} cannot express {}: the stack has no [clocks.{}]", q.stack->id,
                              q.metric, clock));
  }
  Way way;
  const bool in_company = q.parallel > 1 || q.burst > 1 || q.running > 0;
  way.rests = grounds_of_boot(*q.stack, *q.machine, in_company);
  way.assumed_share = assumed_share(plan, *q.machine, Draws{});
  if (!q.workload) return way;
  if (q.workload->unit != "run")
    return cannot(fmt::format("{} starts nothing: its unit is a {}, not a run", q.workload->id,
                              q.workload->unit));
  const StackModel run(*q.stack, *q.machine, *q.workload, issues);
  if (!issues.empty())
    return cannot(
        fmt::format("{} cannot express {}: {}", q.stack->id, q.metric, print(issues.front())));
  for (Ground& ground : grounds_of_model(run)) way.rests.push_back(std::move(ground));
  return way;
}

void predict_starts(const std::vector<Question>& questions, const std::vector<std::size_t>& which,
                    const DrawPlan& sampling, const std::vector<Joint>& joint,
                    std::vector<Prediction>& out) {
  std::map<StartsKey, std::vector<std::size_t>> groups;
  for (const std::size_t i : which) {
    const Question& q = questions[i];
    groups[{q.stack->id, q.machine->id, q.workload ? q.workload->id : "", q.parallel, q.burst,
            q.running}]
        .push_back(i);
  }
  std::vector<std::vector<std::size_t>> members;
  for (const auto& group : groups) members.push_back(group.second);
  const int per_group = 1 + sampling.draws * sampling.repetitions;
  const auto task = [&](int t) {
    std::vector<const Question*> same;
    for (const std::size_t i : members[static_cast<std::size_t>(t / per_group)])
      same.push_back(&questions[i]);
    const int trial = t % per_group;
    Draws draws{sampling.seed, trial, sampling.draws};
    if (trial > 0) draws.joint = &joint[static_cast<std::size_t>((trial - 1) % sampling.draws)];
    return play_starts(same, draws);
  };
  const auto results =
      run_forked(per_group * static_cast<int>(members.size()), sampling.jobs, task);
  for (std::size_t t = 0; t < results.size(); ++t) {
    const auto& group = members[t / static_cast<std::size_t>(per_group)];
    if (!results[t].failure.empty()) {
      for (const std::size_t i : group)
        out[i].lacks = "the simulation failed: " + results[t].failure;
      continue;
    }
    const auto values = nlohmann::json::parse(results[t].output);
    for (std::size_t k = 0; k < group.size(); ++k) {
      if (t % static_cast<std::size_t>(per_group) == 0)
        out[group[k]].value = values[k];
      else
        out[group[k]].draws.push_back(values[k]);
    }
  }
}

}  // namespace strata
