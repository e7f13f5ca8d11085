#include "models/host/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/base/distribution.h"
#include "models/host/footprint.h"
#include "models/host/overlap.h"
#include "models/layers/joint.h"
#include "models/layers/stack_model.h"

namespace strata {
namespace {

constexpr double kMs = 1e6;         // ns
constexpr double kMiB = 1048576.0;  // bytes
/// Starts whose phases the timeline picture shows.
constexpr int kSpanStarts = 100;

bool asks(const Scenario& scenario, const std::string& head) {
  return std::any_of(scenario.metrics.begin(), scenario.metrics.end(),
                     [&](const std::string& m) { return m == head || m.rfind(head, 0) == 0; });
}

bool asks_for_overlap(const Scenario& scenario) {
  return asks(scenario, "memory.merged") || asks(scenario, "merging.") ||
         asks(scenario, "housekeeping.") || asks(scenario, "cache.");
}

/// Collects what the scenario asked for and leaves out the rest.
class Collector {
 public:
  explicit Collector(const Scenario& scenario) : scenario_(scenario) {}

  void add(const std::string& metric, const std::string& statistic, double value,
           int instances = 0) {
    // A metric's parts (request.cpu.guest) come with the metric.
    const bool asked = std::any_of(
        scenario_.metrics.begin(), scenario_.metrics.end(),
        [&](const std::string& m) { return metric == m || metric.rfind(m + ".", 0) == 0; });
    if (asked) result.statistics.push_back({metric, statistic, value, instances});
  }

  /// Median, 1st and 99th percentile and mean: what the published tables have.
  void sample(const std::string& metric, std::vector<double> values) {
    if (values.empty()) return;
    std::sort(values.begin(), values.end());
    double sum = 0;
    for (const double v : values) sum += v;
    add(metric, "mean", sum / static_cast<double>(values.size()));
    const Empirical all{std::move(values)};
    add(metric, "median", quantile(all, 0.5));
    add(metric, "p99", quantile(all, 0.99));
    add(metric, "p1", quantile(all, 0.01));
  }

  TrialResult result;

 private:
  const Scenario& scenario_;
};

double to_ms(Tick ns) { return static_cast<double>(ns) / kMs; }

StartPattern pattern_of(const Scenario& scenario, const Cell& cell) {
  StartPattern pattern;
  if (cell.burst > 0) return {cell.burst, 0, true, 0};
  pattern.in_flight = std::max(1, cell.parallel);
  pattern.starts = scenario.starts > 0 ? scenario.starts : std::max(30, 10 * pattern.in_flight);
  return pattern;
}

void measure_boot(const Scenario& scenario, const CellFiles& files, const Draws& draws,
                  Collector& out) {
  if (!asks(scenario, "boot.")) return;
  const BootPlan plan = boot_plan(*files.stack, *files.machine, draws);
  const std::string stream =
      fmt::format("boot/{}", draws.trial);  // one jitter for all stacks: what they share cancels
  const BootRun run = run_boots(plan, files.stack->vcpus, host_numbers(*files.machine, draws),
                                pattern_of(scenario, files.cell), draws.seed, stream,
                                draws.trial == 0 ? kSpanStarts : 0);
  std::vector<double> total, vmm, guest;
  std::vector<std::vector<double>> clocks(plan.clocks.size());
  for (const Start& s : run.starts) {
    total.push_back(to_ms(s.end - s.begin));
    vmm.push_back(to_ms(s.guest - s.begin));
    guest.push_back(to_ms(s.end - s.guest));
    for (std::size_t c = 0; c < clocks.size(); ++c) clocks[c].push_back(to_ms(s.end - s.clocks[c]));
  }
  out.sample("boot.total", total);
  out.sample("boot.vmm", vmm);
  out.sample("boot.guest", guest);
  std::size_t c = 0;
  for (const auto& clock : plan.clocks) out.sample("boot." + clock.first, clocks[c++]);
  if (draws.trial != 0) return;
  out.add("boot.total", "assumed_share", assumed_share(plan, *files.machine, draws));
  out.result.spans = run.spans;
  for (const PlanPhase& phase : plan.phases) out.result.phase_names.push_back(phase.name);
}

void measure_memory(const Scenario& scenario, const CellFiles& files, const Draws& draws,
                    Collector& out) {
  if (!asks(scenario, "memory.") && !asks(scenario, "density.")) return;
  const Footprint f = footprint(*files.stack, *files.machine, draws);
  const auto mib = [](std::int64_t bytes) { return static_cast<double>(bytes) / kMiB; };
  out.add("memory.fixed", "value", mib(f.fixed));
  out.add("memory.private", "value", mib(f.private_));
  out.add("memory.marginal", "value", mib(f.marginal));
  out.add("memory.configured", "value", mib(f.configured));
  const auto capacity = std::llround(draws(files.machine->memory));
  out.add("density.instances", "value", static_cast<double>(density(f, capacity)));
  for (const int n : scenario.instances) out.add("memory.host", "value", mib(resident(f, n)), n);
  if (draws.trial == 0) out.add("memory.marginal", "assumed_share", f.assumed);
}

/// What so many instances do beside each other that one kernel would do once.
void measure_overlap(const Scenario& scenario, const CellFiles& files, const Draws& draws,
                     Collector& out) {
  if (!asks_for_overlap(scenario)) return;
  const StackFile& stack = *files.stack;
  const Footprint f = footprint(stack, *files.machine, draws);
  const MergeCandidates equal = merge_candidates(stack, draws);
  Issues none;
  const WorkloadFile idle = single(Op::compute);
  const double rho = StackModel(stack, *files.machine, idle, none).housekeeping(draws);
  const bool by_itself = caches_by_itself(stack);
  for (const int n : scenario.instances) {
    const std::int64_t merged = resident(f, n) - freed_by_merging(equal, n, kMergingPasses);
    out.add("memory.merged", "value", static_cast<double>(merged) / kMiB, n);
    out.add("merging.time", "value", kMergingPasses * merge_pass_s(equal, n), n);
    out.add("housekeeping.cores", "value", rho * n, n);
    for (const bool same : {true, false})
      out.add(same ? "cache.same_files" : "cache.own_files", "value",
              static_cast<double>(cached_copies(by_itself, n, same)), n);
  }
}

void measure_workload(const Scenario& scenario, const CellFiles& files,
                      const WorkloadFile& workload, const std::string& head, const Draws& draws,
                      Collector& out) {
  if (!asks(scenario, head + ".")) return;
  Issues none;
  const StackModel model(*files.stack, *files.machine, workload, none);
  const System system = model.system(draws);
  const Totals totals = solve(system);
  out.add(head + ".latency", "value", stretched(totals.latency, model.housekeeping(draws)));
  out.add(head + ".rate", "value", 1e9 / stretched(totals.latency, model.housekeeping(draws)));
  out.add(head + ".cpu", "value", totals.cpu.sum());
  for (int a = 0; a < kAccounts; ++a)
    if (totals.cpu(a) > 0)
      out.add(fmt::format("{}.cpu.{}", head, name(static_cast<Account>(a))), "value",
              totals.cpu(a));
  out.add(head + ".crossings", "value", totals.crossings);
  out.add(head + ".copies", "value", totals.copies);
  if (draws.trial != 0) return;
  const double share = assumed_share(model, system, totals);
  for (const char* part : {".cpu", ".latency", ".rate"})
    if (asks(scenario, head + part)) out.add(head + part, "assumed_share", share);
}

void measure_arrivals(const CellFiles& files, const Draws& draws, Collector& out) {
  if (!files.arrivals) return;
  const BootPlan plan = boot_plan(*files.stack, *files.machine, draws);
  // The trace's work is CPU time on a plain machine; the stack's tax on compute slows it down.
  Issues none;
  const WorkloadFile work = single(Op::compute);
  const StackModel model(*files.stack, *files.machine, work, none);
  const double slowdown = stretched(solve(model.system(draws)).latency, model.housekeeping(draws));
  const std::string stream = fmt::format("arrivals/{}", draws.trial);
  Ledger ledger(std::llround(draws(files.machine->memory)));
  add_host(ledger, 0, *files.stack, draws);
  const HostMemory memory{
      ledger, [&](Ledger::Holder holder) { add_instance(ledger, holder, *files.stack, draws); },
      footprint(*files.stack, *files.machine, draws).marginal};
  const ReplayRun run = run_arrivals(plan, files.stack->vcpus, host_numbers(*files.machine, draws),
                                     memory, *files.arrivals, slowdown, draws.seed, stream);
  std::vector<double> start, serve;
  int refused = 0;
  for (const Served& s : run.served) {
    refused += s.refused;
    if (s.refused) continue;
    start.push_back(to_ms(s.start.end - s.arrived));
    serve.push_back(to_ms(s.served - s.arrived));
  }
  out.sample("start.latency", start);
  out.sample("serve.latency", serve);
  out.add("host.running", "max", run.most_running);
  out.add("host.memory", "max", static_cast<double>(run.most_resident) / kMiB);
  out.add("host.refused", "value", refused);
  out.add("host.utilisation", "mean", run.utilisation);
  if (draws.trial == 0)
    out.add("start.latency", "assumed_share", assumed_share(plan, *files.machine, draws));
}

}  // namespace

double assumed_share(const BootPlan& plan, const MachineFile& machine, const Draws& draws) {
  const auto ends = alone(plan, machine, draws);
  double assumed = 0, all = 0;
  for (const std::size_t p : critical_path(plan, ends)) {
    double begin = 0;
    for (const std::size_t before : plan.phases[p].after) begin = std::max(begin, ends[before]);
    all += ends[p] - begin;
    if (plan.phases[p].assumed) assumed += ends[p] - begin;
  }
  return all > 0 ? assumed / all : 0;
}

double assumed_share(const StackModel& model, const System& system, const Totals& totals) {
  double assumed = 0;
  for (Eigen::Index i = 0; i < system.size(); ++i) {
    const Row& row = *model.nodes()[static_cast<std::size_t>(i)].row;
    const Sourced<Duration>* price = row.latency ? &*row.latency : nullptr;
    if (!price && !row.cpu.empty()) price = &row.cpu.begin()->second;
    bool is_assumed = price && price->source.evidence == Evidence::assumed;
    // The application's own work is as well known as its workload says.
    if (system.labels[static_cast<std::size_t>(i)] == "machine.compute") {
      const auto compute = model.workload().ops.find(Op::compute);
      is_assumed = compute != model.workload().ops.end() &&
                   compute->second.source.evidence == Evidence::assumed;
    }
    if (is_assumed) assumed += totals.counts(i) * system.cpu.row(i).sum();
  }
  return totals.cpu.sum() > 0 ? assumed / totals.cpu.sum() : 0;
}

void check_cell(const Scenario& scenario, const CellFiles& files, Issues& issues) {
  const Place& place = scenario.place;
  check_boot(*files.stack, issues);
  if (asks(scenario, "request.") && !files.workload)
    issues.push_back({place, "axes.workload", "is missing: request.* is measured for a workload"});
  if ((asks(scenario, "memory.host") || asks_for_overlap(scenario)) && scenario.instances.empty())
    issues.push_back(
        {place, "axes.instances",
         "is missing: memory.host, memory.merged, merging.*, housekeeping.* and cache.* "
         "are measured for numbers of instances"});
  if ((asks(scenario, "start.") || asks(scenario, "serve.") || asks(scenario, "host.")) &&
      !files.arrivals)
    issues.push_back(
        {place, "run.trace",
         "is missing: start.*, serve.* and host.* are measured for replayed arrivals"});
  if (files.workload && asks(scenario, "request."))
    StackModel(*files.stack, *files.machine, *files.workload, issues);
  for (const Op op : {Op::syscall, Op::page_fault, Op::packet_send})
    if (asks(scenario, std::string(name(op)) + ".")) {
      const WorkloadFile one = single(op);
      StackModel(*files.stack, *files.machine, one, issues);
    }
}

TrialResult simulate(const Scenario& scenario, const CellFiles& files, int trial) {
  Draws draws{scenario.seed, trial};
  Joint joint;
  if (files.overlay && trial > 0) {
    for (const auto& [id, quantiles] :
         quantiles_together(*files.overlay, scenario.seed, scenario.trials, false))
      joint.quantiles[id] = quantiles.at(static_cast<std::size_t>(trial - 1));
    draws.joint = &joint;
  }
  Collector out(scenario);
  measure_boot(scenario, files, draws, out);
  measure_memory(scenario, files, draws, out);
  measure_overlap(scenario, files, draws, out);
  for (const Op op : {Op::syscall, Op::page_fault, Op::packet_send})
    measure_workload(scenario, files, single(op), std::string(name(op)), draws, out);
  if (files.workload) measure_workload(scenario, files, *files.workload, "request", draws, out);
  measure_arrivals(files, draws, out);
  return std::move(out.result);
}

}  // namespace strata
