#include "models/calibrate/predict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "models/base/distribution.h"
#include "models/calibrate/grounds.h"
#include "models/host/footprint.h"
#include "models/host/simulate.h"
#include "models/host/workers.h"
#include "models/layers/stack_model.h"

namespace strata {
namespace {

constexpr double kMs = 1e6;         // ns
constexpr double kMiB = 1048576.0;  // bytes
/// Starts at stated values, as many as the published series have, and in each draw at least.
constexpr int kStartsAsStated = 500, kStartsOfADraw = 100;

bool starts_with(const std::string& text, const std::string& head) {
  return text.rfind(head, 0) == 0;
}

/// One way to answer; made once a question, asked once a draw.
using Evaluate = std::function<double(const Draws&)>;

struct Way {
  std::string lacks;
  Evaluate at;  ///< nothing for boots: they are simulated
  std::vector<Ground> rests;
  double assumed_share = 0;
};

Way cannot(std::string why) {
  Way way;
  way.lacks = std::move(why);
  return way;
}

/// A stack under a workload that belongs to the way itself.
struct ModelUnder {
  ModelUnder(const Question& q, WorkloadFile w)
      : workload(std::move(w)), model(*q.stack, *q.machine, workload, issues) {}
  WorkloadFile workload;
  Issues issues;
  StackModel model;
};

Way way_of_operation(const Question& q, WorkloadFile workload,
                     const std::function<double(const StackModel&, const Draws&)>& answer) {
  const auto held = std::make_shared<ModelUnder>(q, std::move(workload));
  if (!held->issues.empty())
    return cannot(fmt::format("{} cannot express {}: {}", q.stack->id, q.metric,
                              print(held->issues.front())));
  Way way;
  way.at = [held, answer](const Draws& draws) { return answer(held->model, draws); };
  way.rests = grounds_of_model(held->model);
  const System system = held->model.system(Draws{});
  way.assumed_share = assumed_share(held->model, system, solve(system));
  return way;
}

double latency_of(const StackModel& model, const Draws& draws) {
  return stretched(solve(model.system(draws)).latency, model.housekeeping(draws));
}
double rate_of(const StackModel& model, const Draws& draws) {
  return 1e9 / latency_of(model, draws);
}

/// One worker that never waits for the other end: each account works on a core of its own, so the
/// busiest of them, or the caller's own way, sets the pace.
double pipelined_rate(const StackModel& model, const Draws& draws) {
  const Totals totals = solve(model.system(draws));
  return 1e9 /
         std::max(stretched(totals.latency, model.housekeeping(draws)), totals.cpu.maxCoeff());
}

WorkloadFile sized(Op op, double bytes) {
  WorkloadFile workload = single(op);
  const Bytes size{bytes};
  Sourced<Bytes> payload;
  payload.value = payload.low = payload.high = size;
  workload.bytes.emplace(op, payload);
  return workload;
}

bool runs_guests(const StackFile& stack) {
  return std::any_of(stack.layers.begin(), stack.layers.end(),
                     [](const StackLayer& l) { return !l.layer.virtualization.empty(); });
}

bool enters_by(const StackFile& stack, Crossing crossing) {
  for (const StackLayer& layer : stack.layers)
    for (const Entry& entry : layer.entered_by)
      if (entry.crossing == crossing) return true;
  return false;
}

Way way_of_crossing(const Question& q, Crossing crossing) {
  const Sourced<Duration>& price = q.machine->crossings[static_cast<std::size_t>(crossing)];
  Way way;
  way.at = [&price](const Draws& draws) { return draws(price); };
  way.rests = {{fmt::format("machine.crossings.{}", name(crossing)), price.source}};
  way.assumed_share = price.source.evidence == Evidence::assumed ? 1 : 0;
  return way;
}

Way way_of_memory(const Question& q) {
  const auto part = [&]() -> std::function<double(const Footprint&, const Draws&)> {
    const auto n = std::max(1, q.running);
    if (q.metric == "memory.total")
      return [n](const Footprint& f, const Draws&) {
        return static_cast<double>(resident(f, n)) / kMiB;
      };
    if (q.metric == "memory.pss")
      return [n](const Footprint& f, const Draws&) {
        return static_cast<double>(resident(f, n) - f.fixed) / n / kMiB;
      };
    if (q.metric == "memory.marginal")
      return
          [](const Footprint& f, const Draws&) { return static_cast<double>(f.marginal) / kMiB; };
    if (q.metric == "memory.host_fixed")
      return [](const Footprint& f, const Draws&) { return static_cast<double>(f.fixed) / kMiB; };
    if (q.metric == "density")
      return [&q](const Footprint& f, const Draws& draws) {
        return static_cast<double>(
            density(f, std::llround(q.memory > 0 ? q.memory : draws(q.machine->memory))));
      };
    return nullptr;
  }();
  Way way;
  if (!part) return way;
  way.at = [&q, part](const Draws& draws) {
    return part(footprint(*q.stack, *q.machine, draws), draws);
  };
  way.rests = grounds_of_memory(*q.stack);
  way.assumed_share = footprint(*q.stack, *q.machine, Draws{}).assumed;
  return way;
}

Way way_of_boot(const Question& q) {
  Issues issues;
  check_boot(*q.stack, issues);
  if (!issues.empty()) return cannot(print(issues.front()));
  const BootPlan plan = boot_plan(*q.stack, *q.machine, Draws{});
  if (plan.phases.empty()) return cannot(q.stack->id + " states no boot");
  const std::string clock = q.metric.substr(5);
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
  way.rests = grounds_of_boot(*q.stack, *q.machine);
  way.assumed_share = assumed_share(plan, *q.machine, Draws{});
  return way;
}

/// The workload asked for, or the project's usual one is the caller's to give.
Way way_of(const Question& q) {
  const std::string& m = q.metric;
  for (const PredictMetric& known : predict_metrics())
    if (known.name == m && !known.lacks.empty())
      return cannot(fmt::format("{} cannot be predicted yet: {}", m, known.lacks));
  if (starts_with(m, "boot.")) return way_of_boot(q);
  if (starts_with(m, "memory.") || m == "density") return way_of_memory(q);
  if (m == "hypercall.null" || m == "exit.user") {
    if (!runs_guests(*q.stack))
      return cannot(
          fmt::format("{} cannot express {}: none of its layers runs a guest", q.stack->id, m));
    const Crossing crossing = m == "exit.user" ? Crossing::exit_user : Crossing::hypercall;
    if (crossing == Crossing::exit_user && !enters_by(*q.stack, crossing))
      return cannot(
          fmt::format("{} cannot express {}: no layer is entered by exit_user", q.stack->id, m));
    return way_of_crossing(q, crossing);
  }
  const double block = q.size > 0 ? q.size : 4096, packet = q.size > 0 ? q.size : 64;
  if (m == "syscall.null") return way_of_operation(q, single(Op::syscall), latency_of);
  if (m == "page_fault") return way_of_operation(q, single(Op::page_fault), latency_of);
  if (m == "context_switch") return way_of_operation(q, single(Op::context_switch), latency_of);
  if (m == "compute.slowdown") return way_of_operation(q, single(Op::compute), latency_of);
  if (m == "net.packets")
    return way_of_operation(q, sized(Op::packet_send, packet), pipelined_rate);
  for (const auto& [head, op] :
       {std::pair(std::string("block."), Op::block_read), {"block_write.", Op::block_write}}) {
    if (m == head + "latency")
      return way_of_operation(q, sized(op, block), [](const StackModel& s, const Draws& d) {
        return latency_of(s, d) / 1e3;
      });
    if (m == head + "iops") return way_of_operation(q, sized(op, block), rate_of);
    if (m == head + "bandwidth")
      return way_of_operation(q, sized(op, block), [block](const StackModel& s, const Draws& d) {
        return rate_of(s, d) * block / kMiB;
      });
  }
  if (m == "request.rate" || m == "http.requests" || m == "kv.requests" || m == "request.latency" ||
      m == "request.cpu") {
    if (!q.workload) return cannot(m + " needs a workload: name one with --workload");
    if (m == "request.cpu")
      return way_of_operation(q, *q.workload, [](const StackModel& s, const Draws& d) {
        return solve(s.system(d)).cpu.sum();
      });
    return way_of_operation(q, *q.workload, m == "request.latency" ? latency_of : rate_of);
  }
  return cannot(fmt::format("'{}' is no metric that can be predicted", m));
}

/// The times of one run of starts that a metric is about, ms.
std::vector<double> times_of(const Question& q, const BootPlan& plan, const BootRun& run) {
  const std::string clock = q.metric.substr(5);
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
  const BootPlan plan = boot_plan(*q.stack, *q.machine, draws);
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
using StartsKey = std::tuple<std::string, std::string, int, int, int>;

void predict_starts(const std::vector<Question>& questions, const std::vector<std::size_t>& which,
                    const Sampling& sampling, std::vector<Prediction>& out) {
  std::map<StartsKey, std::vector<std::size_t>> groups;
  for (const std::size_t i : which) {
    const Question& q = questions[i];
    groups[{q.stack->id, q.machine->id, q.parallel, q.burst, q.running}].push_back(i);
  }
  std::vector<std::vector<std::size_t>> members;
  for (const auto& group : groups) members.push_back(group.second);
  const int per_group = 1 + sampling.draws * sampling.repetitions;
  const auto task = [&](int t) {
    std::vector<const Question*> same;
    for (const std::size_t i : members[static_cast<std::size_t>(t / per_group)])
      same.push_back(&questions[i]);
    return play_starts(same, {sampling.seed, t % per_group, sampling.draws});
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

void finish(Prediction& p) {
  p.low = p.high = p.value;
  if (p.draws.empty()) return;
  Empirical sorted{p.draws};
  std::sort(sorted.sorted.begin(), sorted.sorted.end());
  p.low = quantile(sorted, 0.05);
  p.high = quantile(sorted, 0.95);
}

}  // namespace

const std::vector<PredictMetric>& predict_metrics() {
  static const std::vector<PredictMetric> kMetrics = {
      {"boot.total", "ms", "from the exec of the launcher to the application's first mark", ""},
      {"boot.vmm", "ms", "from there to the first guest instruction", ""},
      {"boot.guest", "ms", "from the first guest instruction to the first mark", ""},
      {"boot.in_vmm", "ms", "from the phase a stack names in [clocks.in_vmm]", ""},
      {"memory.total", "MiB", "resident on the host with --running instances", ""},
      {"memory.marginal", "MiB", "what one more instance adds", ""},
      {"memory.pss", "MiB",
       "one instance's part with --running of them, what they share divided, with the kernel's "
       "memory for it",
       ""},
      {"memory.host_fixed", "MiB", "resident once a host, whatever runs", ""},
      {"memory.minimum", "MiB", "the least an instance runs with",
       "no stack states the least memory it runs with"},
      {"density", "1", "instances that fill --memory, or the machine's", ""},
      {"syscall.null", "ns", "one null system call as the application sees it", ""},
      {"hypercall.null", "ns", "into the hypervisor and back, its own work left out", ""},
      {"exit.user", "ns", "a VM exit to the user-space VMM and back, its own work left out", ""},
      {"context_switch", "ns", "from one thread of the instance to another", ""},
      {"page_fault", "ns", "first touch of one 4 KiB page", ""},
      {"net.packets", "/s", "packets of --size bytes one worker sends, each on its own", ""},
      {"net.throughput", "bit/s", "of bulk streams",
       "layers state no segmentation offload, which decides it"},
      {"net.rtt", "us", "of a ping", "the other end and the wire are no layers of a stack"},
      {"http.requests", "/s", "of one worker that always finds another waiting", ""},
      {"kv.requests", "/s", "of one worker that always finds another waiting", ""},
      {"request.rate", "/s", "units of --workload of one worker", ""},
      {"request.latency", "ns", "software time of one unit of --workload", ""},
      {"request.cpu", "ns", "CPU time of one unit of --workload, whoever pays", ""},
      {"block.latency", "us", "one read of --size bytes, alone", ""},
      {"block.iops", "/s", "reads of --size bytes, one after the other", ""},
      {"block.bandwidth", "MiB/s", "reads of --size bytes, one after the other", ""},
      {"block_write.latency", "us", "one write of --size bytes, alone", ""},
      {"block_write.iops", "/s", "writes of --size bytes, one after the other", ""},
      {"block_write.bandwidth", "MiB/s", "writes of --size bytes, one after the other", ""},
      {"compute.slowdown", "1", "time of the application's own work against a plain machine", ""},
      {"image.bytes", "B", "of what is shipped", "no stack states the size of its image"},
      {"snapshot.save", "ms", "writing a running instance to disk", "no stack states it"},
      {"snapshot.restore", "ms", "from a snapshot to the application",
       "no metric of its own: boot.total of a stack that starts from a snapshot is it"},
      {"migrate.total", "ms", "moving a running instance", "no stack states dirtying and links"}};
  return kMetrics;
}

std::string canonical_metric(const std::string& metric) {
  static const std::map<std::string, std::string> kRecords = {{"syscall.latency", "syscall.null"},
                                                              {"page_fault.latency", "page_fault"},
                                                              {"memory.fixed", "memory.host_fixed"},
                                                              {"memory.host", "memory.total"},
                                                              {"density.instances", "density"}};
  const auto it = kRecords.find(metric);
  return it == kRecords.end() ? metric : it->second;
}

std::vector<Prediction> predict(const std::vector<Question>& questions, const Sampling& sampling) {
  std::vector<Prediction> out(questions.size());
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    Prediction& p = out[i];
    for (const PredictMetric& known : predict_metrics())
      if (known.name == questions[i].metric) p.unit = known.unit;
    const Way way = way_of(questions[i]);
    p.lacks = way.lacks;
    p.rests = way.rests;
    p.assumed_share = way.assumed_share;
    if (!p.lacks.empty()) continue;
    if (!way.at) {
      starts.push_back(i);
      continue;
    }
    p.value = way.at(Draws{sampling.seed, 0, sampling.draws});
    // A closed form has no chance in it: a repetition would say the same again.
    for (int d = 1; d <= sampling.draws; ++d)
      p.draws.push_back(way.at(Draws{sampling.seed, d, sampling.draws}));
  }
  predict_starts(questions, starts, sampling, out);
  for (Prediction& p : out) finish(p);
  return out;
}

std::vector<std::string> outside(const Question& question, const Catalog& catalog) {
  const Published& published = catalog.published;
  std::set<std::string> stacks;
  struct Extent {
    double low = INFINITY, high = -INFINITY;
    void add(double v) { low = std::min(low, v), high = std::max(high, v); }
    bool holds(double v) const { return v >= low && v <= high; }
  } clock, cores, parallel;
  for (const Comparison& c : published.comparisons) {
    const auto machine = catalog.machines.find(c.machine);
    if (canonical_metric(c.metric) != question.metric || machine == catalog.machines.end())
      continue;
    stacks.insert(c.stack);
    clock.add(machine->second.clock.value.value);
    cores.add(machine->second.cores);
    parallel.add(std::max(1, c.parallel));
  }
  if (stacks.empty())
    return {fmt::format("no published row is held against {} of any stack", question.metric)};
  std::vector<std::string> why;
  if (!stacks.contains(question.stack->id))
    why.push_back(fmt::format("no published row is held against {} of {}", question.metric,
                              question.stack->id));
  const double ghz = question.machine->clock.value.value;
  if (!clock.holds(ghz))
    why.push_back(fmt::format("the clock, {:.3g} GHz, is not between {:.3g} and {:.3g}", ghz / 1e9,
                              clock.low / 1e9, clock.high / 1e9));
  if (!cores.holds(question.machine->cores))
    why.push_back(fmt::format("{} cores are not between {} and {}", question.machine->cores,
                              cores.low, cores.high));
  if (starts_with(question.metric, "boot.")) {
    const int starts = std::max({1, question.parallel, question.burst});
    if (starts > parallel.high)
      why.push_back(fmt::format("{} starts at a time are more than {}", starts, parallel.high));
    if (question.burst > 0) why.push_back("no published row has starts at the same instant");
    if (question.running > 0) why.push_back("no mapped row has instances already running");
  }
  if (question.machine->place.file.empty())
    why.push_back("the machine is described by a few words, not by a file with sources");
  return why;
}

}  // namespace strata
