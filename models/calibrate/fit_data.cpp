#include "models/calibrate/fit_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <memory>
#include <sstream>

#include "models/base/distribution.h"
#include "models/host/boot_run.h"
#include "models/host/footprint.h"
#include "models/host/workers.h"
#include "models/layers/stack_model.h"
#include "models/study/numbers.h"

namespace strata {
namespace {

using Values = std::map<std::string, double>;

constexpr double kMs = 1e6;         // ns
constexpr double kMiB = 1048576.0;  // bytes
constexpr double kTelling = 0.05;   // standard errors
/// Starts of one simulated row, at the least.
constexpr int kStarts = 200;

bool is_boot(const Seen& s) { return s.metric.rfind("boot.", 0) == 0; }
/// Alone, median and mean are the longest path: jitter is even around it.
bool is_simulated(const Seen& s) {
  return is_boot(s) && (s.parallel > 1 || (s.statistic != "median" && s.statistic != "mean"));
}

WorkloadFile workload_for(const Seen& s, const Catalog& catalog) {
  if (s.metric.rfind("request.", 0) == 0) return catalog.workloads.at(s.workload);
  return single(*parse_op(s.metric.substr(0, s.metric.find('.'))));
}

/// A phase's start in a boot that is alone.
double begin_of(const BootPlan& plan, const std::vector<double>& ends, std::size_t phase) {
  double begin = 0;
  for (const std::size_t before : plan.phases[phase].after) begin = std::max(begin, ends[before]);
  return begin;
}

double boot_alone(const Seen& s, const Draws& draws) {
  const BootPlan plan = boot_plan(*s.stack, *s.machine, draws);
  const auto ends = alone(plan, *s.machine, draws);
  const double all = *std::max_element(ends.begin(), ends.end());
  double guest = all;
  for (std::size_t p = 0; p < plan.phases.size(); ++p)
    if (in_guest(plan.phases[p])) guest = std::min(guest, begin_of(plan, ends, p));
  const std::string part = s.metric.substr(5);
  if (part == "total") return all / kMs;
  if (part == "vmm") return guest / kMs;
  if (part == "guest") return (all - guest) / kMs;
  return (all - begin_of(plan, ends, plan.clocks.at(part))) / kMs;
}

/// Value of a statistic of simulated starts, ms.
double statistic_of(const BootRun& run, const BootPlan& plan, const Seen& s) {
  std::vector<double> values;
  const std::string part = s.metric.substr(5);
  std::size_t clock = 0;
  for (const auto& entry : plan.clocks) {
    if (entry.first == part) break;
    ++clock;
  }
  for (const Start& start : run.starts) {
    const Tick from = part == "guest"                    ? start.guest
                      : part == "total" || part == "vmm" ? start.begin
                                                         : start.clocks[clock];
    values.push_back(static_cast<double>((part == "vmm" ? start.guest : start.end) - from) / kMs);
  }
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (const double v : values) sum += v;
  if (s.statistic == "mean") return sum / static_cast<double>(values.size());
  return quantile(Empirical{values}, s.statistic == "p99"  ? 0.99
                                     : s.statistic == "p1" ? 0.01
                                                           : 0.5);
}

/// What one run of the host answers: the same stack, machine and number of starts in flight.
struct Played {
  std::size_t first;
  std::vector<std::size_t> rows;
};

std::vector<Played> runs_of(const std::vector<Seen>& seen) {
  std::vector<Played> runs;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (!is_simulated(seen[i])) continue;
    const auto same = [&](const Played& r) {
      const Seen& o = seen[r.first];
      return o.stack == seen[i].stack && o.machine == seen[i].machine &&
             o.parallel == seen[i].parallel;
    };
    const auto it = std::find_if(runs.begin(), runs.end(), same);
    if (it == runs.end())
      runs.push_back({i, {i}});
    else
      it->rows.push_back(i);
  }
  return runs;
}

std::string play(const std::vector<Seen>& seen, const Played& run, const Values& values) {
  const Seen& s = seen[run.first];
  const Draws draws{.values = &values};
  const BootPlan plan = boot_plan(*s.stack, *s.machine, draws);
  const int in_flight = std::max(1, s.parallel);
  const BootRun found =
      run_boots(plan, s.stack->vcpus, host_numbers(*s.machine, draws),
                {std::max(kStarts, 10 * in_flight), in_flight, false, 0}, 1, "fit");
  std::string text;
  for (const std::size_t i : run.rows)
    text += fmt::format("{} ", statistic_of(found, plan, seen[i]));
  return text;
}

double closed(const Seen& s, const StackModel* model, const Draws& draws) {
  if (is_boot(s)) return boot_alone(s, draws);
  if (s.metric.rfind("memory.", 0) == 0) {
    const Footprint f = footprint(*s.stack, *s.machine, draws);
    const auto bytes = s.metric == "memory.marginal"     ? f.marginal
                       : s.metric == "memory.configured" ? f.configured
                                                         : f.private_;
    return static_cast<double>(bytes) / kMiB;
  }
  const Totals totals = solve(model->system(draws));
  if (s.metric.ends_with(".cpu")) return totals.cpu.sum();
  const double ns = stretched(totals.latency, model->housekeeping(draws));
  return s.metric.ends_with(".rate") ? 1e9 / ns : ns;
}

std::string why_not(const Seen& s, const Catalog& catalog) {
  const auto& known = fitted_metrics();
  const bool clock = is_boot(s) && s.stack->clocks.contains(s.metric.substr(5));
  if (!clock && std::find(known.begin(), known.end(), s.metric) == known.end())
    return "the metric " + s.metric + " is not fitted to";
  for (const char* statistic : {"median", "mean", "p99", "p1"})
    if (s.statistic == statistic) {
      if (is_boot(s)) return "";
      if (s.metric.rfind("memory.", 0) == 0) return "";
      if (s.metric.rfind("request.", 0) == 0 && !catalog.workloads.contains(s.workload))
        return "the workload '" + s.workload + "' is not known";
      Issues issues;
      StackModel(*s.stack, *s.machine, workload_for(s, catalog), issues);
      return issues.empty() ? "" : s.stack->id + " does not serve " + s.metric;
    }
  return "the statistic " + s.statistic + " is not predicted";
}

void keep(SeenData& data, const Catalog& catalog, Seen seen) {
  const std::string why = why_not(seen, catalog);
  if (why.empty())
    data.seen.push_back(std::move(seen));
  else
    ++data.left_out[why];
}

}  // namespace

bool is_simulated(const SeenData& data) { return !runs_of(data.seen).empty(); }

const std::vector<std::string>& fitted_metrics() {
  static const std::vector<std::string> kMetrics = {
      "boot.total",        "boot.vmm",           "boot.guest",      "memory.marginal",
      "memory.configured", "page_fault.latency", "request.latency", "request.rate",
      "request.cpu",       "syscall.latency"};
  return kMetrics;
}

void add(SeenData& data, const Catalog& catalog, const MeasuredMedian& m, double error) {
  const auto stack = catalog.stacks.find(m.stack);
  const auto machine = catalog.machines.find(m.machine);
  if (m.clock != "wall") return void(++data.left_out["the clock " + m.clock + " counts no time"]);
  if (stack == catalog.stacks.end())
    return void(++data.left_out["no stack file of the name " + m.stack]);
  if (machine == catalog.machines.end())
    return void(++data.left_out["no machine file of the name " + m.machine]);
  const std::string ours = accel_of(stack->second, machine->second.accel);
  if (ours != m.accel)
    return void(++data.left_out[fmt::format("{} measured under {}, the machine's file says {}",
                                            m.stack, m.accel, ours)]);
  if (!(m.value > 0)) return void(++data.left_out["a value that is not positive"]);
  keep(data, catalog,
       {{m.id, m.value, std::hypot(m.sigma, error)},
        &stack->second,
        &machine->second,
        "",
        m.metric,
        "median",
        1});
}

void add(SeenData& data, const Catalog& catalog, const Comparison& c, double error) {
  const PublishedRow& row = catalog.published.rows.at(c.id);
  const auto stack = catalog.stacks.find(c.stack);
  const auto machine = catalog.machines.find(c.machine);
  if (stack == catalog.stacks.end() || machine == catalog.machines.end())
    return void(++data.left_out["its stack or machine has no file"]);
  const double value = in_unit(row, unit_of(c.metric));
  if (!(value > 0)) return void(++data.left_out["a value that is not positive, or a range"]);
  keep(data, catalog,
       {{c.id, value, error},
        &stack->second,
        &machine->second,
        c.workload,
        c.metric,
        c.statistic,
        c.parallel});
}

std::map<std::string, Sourced<Quantity>> numbers_of(const SeenData& data) {
  std::map<std::string, Sourced<Quantity>> out;
  for (const Seen& s : data.seen) {
    for (const NamedNumber& n : numbers(*s.stack)) out.emplace(n.number.id, n.number);
    for (const NamedNumber& n : numbers(*s.machine)) out.emplace(n.number.id, n.number);
  }
  return out;
}

Predict predictor(const SeenData& data, const Catalog& catalog, const std::vector<Prior>& priors,
                  int jobs) {
  std::vector<std::string> names;
  for (const Prior& p : priors) names.push_back(p.id);
  // Structure is found once; models point to their workloads, so these must stay where they are.
  auto workloads = std::make_shared<std::deque<WorkloadFile>>();
  auto models = std::make_shared<std::deque<std::unique_ptr<StackModel>>>();
  for (const Seen& s : data.seen) {
    models->emplace_back();
    if (is_boot(s) || s.metric.rfind("memory.", 0) == 0) continue;
    Issues none;
    workloads->push_back(workload_for(s, catalog));
    models->back() = std::make_unique<StackModel>(*s.stack, *s.machine, workloads->back(), none);
  }
  return [&data, names, workloads, models, runs = runs_of(data.seen),
          jobs](const Eigen::MatrixXd& columns) {
    const auto rows = static_cast<Eigen::Index>(data.seen.size());
    Eigen::MatrixXd out =
        Eigen::MatrixXd::Constant(rows, columns.cols(), std::numeric_limits<double>::quiet_NaN());
    std::vector<Values> values(static_cast<std::size_t>(columns.cols()));
    for (Eigen::Index c = 0; c < columns.cols(); ++c) {
      Values& at = values[static_cast<std::size_t>(c)];
      for (std::size_t k = 0; k < names.size(); ++k)
        at[names[k]] = columns(static_cast<Eigen::Index>(k), c);
      for (Eigen::Index i = 0; i < rows; ++i) {
        const Seen& s = data.seen[static_cast<std::size_t>(i)];
        if (is_simulated(s)) continue;
        try {
          out(i, c) = closed(s, (*models)[static_cast<std::size_t>(i)].get(), Draws{.values = &at});
        } catch (const std::domain_error&) {  // housekeeping or a cycle that never ends: stays not
                                              // a number
        }
      }
    }
    const int each = static_cast<int>(runs.size());
    const auto results = run_forked(each * static_cast<int>(columns.cols()), jobs, [&](int task) {
      return play(data.seen, runs[static_cast<std::size_t>(task % each)],
                  values[static_cast<std::size_t>(task / each)]);
    });
    for (std::size_t task = 0; task < results.size(); ++task) {
      if (!results[task].failure.empty())
        throw std::runtime_error("a simulated start: " + results[task].failure);
      std::istringstream text(results[task].output);
      for (const std::size_t i : runs[task % runs.size()].rows)
        text >> out(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(task / runs.size()));
    }
    return out;
  };
}

std::vector<Prior> priors_of(const SeenData& data, const Catalog& catalog, int jobs, int& idle) {
  std::vector<Prior> all;
  idle = 0;
  for (const auto& [id, n] : numbers_of(data)) {
    if (n.value.value > 0 && n.low.value < n.high.value && !id.empty())
      all.push_back({id, n.value.value, std::min(n.low.value, n.value.value * 0.999),
                     std::max(n.high.value, n.value.value * 1.001)});
    else
      ++idle;
  }
  const auto n = static_cast<Eigen::Index>(all.size());
  Eigen::MatrixXd at(n, 2 * n + 1);
  for (Eigen::Index j = 0; j < n; ++j)
    at.row(j).setConstant(all[static_cast<std::size_t>(j)].value);
  for (Eigen::Index j = 0; j < n; ++j) {
    at(j, 2 * j) = all[static_cast<std::size_t>(j)].low;
    at(j, 2 * j + 1) = all[static_cast<std::size_t>(j)].high;
  }
  const Eigen::MatrixXd there = predictor(data, catalog, all, jobs)(at);
  std::vector<Prior> out;
  for (Eigen::Index j = 0; j < n; ++j) {
    double most = 0;
    for (Eigen::Index i = 0; i < there.rows(); ++i)
      most = std::max(most, std::abs(std::log(there(i, 2 * j + 1) / there(i, 2 * j))) /
                                data.seen[static_cast<std::size_t>(i)].observation.sigma);
    if (most > kTelling)
      out.push_back(all[static_cast<std::size_t>(j)]);
    else
      ++idle;
  }
  return out;
}

}  // namespace strata
