#include "models/study/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "models/study/reader.h"

namespace strata {
namespace {

std::vector<int> narrow(const std::vector<std::int64_t>& wide) {
  return {wide.begin(), wide.end()};
}

void read_axes(Reader& reader, Scenario& scenario) {
  const Node* at = reader.find("axes");
  if (!at)
    return reader.issue("axes", "is missing: a table with stack = [...] and machine = [...]");
  Reader axes(*at, reader.issues());
  scenario.stacks = axes.texts("stack");
  scenario.machines = axes.texts("machine");
  scenario.workloads = axes.texts("workload");
  scenario.parallel = narrow(axes.wholes("parallel", 1));
  scenario.burst = narrow(axes.wholes("burst", 1));
  scenario.instances = narrow(axes.wholes("instances", 1));
  if (scenario.stacks.empty()) axes.issue("stack", "is missing: at least one stack");
  if (scenario.machines.empty()) axes.issue("machine", "is missing: at least one machine");
  if (!scenario.parallel.empty() && !scenario.burst.empty())
    axes.issue("burst", "stands beside parallel: starts are either kept in flight or all at once");
}

void read_run(Reader& reader, Scenario& scenario) {
  const Node* at = reader.find("run");
  if (!at) return reader.issue("run", "is missing: a table with trials, seed and metrics");
  Reader run(*at, reader.issues());
  scenario.trials = static_cast<int>(run.whole("trials", 0));
  scenario.starts = static_cast<int>(run.optional_whole("starts", 1).value_or(0));
  scenario.seed = static_cast<std::uint64_t>(
      run.optional_whole("seed", 0, std::numeric_limits<std::int64_t>::max()).value_or(1));
  scenario.metrics = run.texts("metrics");
  scenario.table = run.texts("table");
  scenario.published = run.texts("published");
  scenario.trace = run.optional_text("trace").value_or("");
  scenario.trace_limit = static_cast<int>(run.optional_whole("trace_limit", 1).value_or(0));
  std::vector<std::string> known;
  for (const Metric& metric : metrics()) known.push_back(metric.name);
  if (scenario.metrics.empty()) run.issue("metrics", "is missing" + suggest("", known, 60));
  for (const std::string& metric : scenario.metrics)
    if (std::find(known.begin(), known.end(), metric) == known.end())
      run.issue("metrics", fmt::format("'{}' is no metric{}", metric, suggest(metric, known, 60)));
  for (const std::string& metric : scenario.table)
    if (std::find(scenario.metrics.begin(), scenario.metrics.end(), metric) ==
        scenario.metrics.end())
      run.issue("table", fmt::format("'{}' is none of the scenario's metrics{}", metric,
                                     suggest(metric, scenario.metrics)));
}

void read_fleet(Reader& reader, Scenario& scenario) {
  const Node* at = reader.find("fleet");
  if (!at) return;
  Reader fleet(*at, reader.issues());
  FleetQuestion out;
  out.trace = fleet.text("trace");
  out.hosts = static_cast<int>(fleet.whole("hosts", 1));
  out.policy = fleet.text("policy");
  out.costs = fleet.text("costs");
  const auto some = [&](const std::string& key, const std::vector<std::string>& known) {
    const auto texts = fleet.texts(key);
    if (texts.empty()) fleet.issue(key, "is missing" + suggest("", known));
    for (const std::string& text : texts)
      if (!known.empty() && std::find(known.begin(), known.end(), text) == known.end())
        fleet.issue(key, fmt::format("'{}' is none of them{}", text, suggest(text, known)));
    return texts;
  };
  out.keep_alive = some("keep_alive", {});
  out.arrivals = some("arrivals", {"uniform", "bursty"});
  out.calls = some("calls", {"whole", "without_largest"});
  out.fill = fleet.optional_number("fill").value_or(0.8);
  out.slo = fleet.optional_number("slo").value_or(1.2);
  if (!(out.fill > 0 && out.fill <= 1)) fleet.issue("fill", "must be a share of the cores, to 1");
  if (!(out.slo >= 1)) fleet.issue("slo", "must be at least 1: a call takes no less than its time");
  scenario.fleet = std::move(out);
}

/// Remembers where names of other files stand, for whoever looks whether these exist.
void note_places(const Node& node, std::map<std::string, Place>& places) {
  if (const auto* table = node.table())
    for (const auto& member : *table) note_places(member.second, places);
  if (const auto* list = node.list())
    for (const Node& item : *list)
      if (const auto* text = std::get_if<std::string>(&item.value))
        places[node.path + ": " + *text] = item.place;
  if (std::holds_alternative<std::string>(node.value)) places[node.path] = node.place;
}

bool starts_with(const std::string& text, const std::string& head) {
  return text.rfind(head, 0) == 0;
}

}  // namespace

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> kMetrics = {
      {"boot.total", "ms", "from the exec of the launcher to the application's first mark"},
      {"boot.vmm", "ms", "from the exec of the launcher to the first guest instruction"},
      {"boot.guest", "ms", "from the first guest instruction to the application's first mark"},
      {"boot.in_vmm", "ms", "from the phase a stack names in [clocks.in_vmm] to the first mark"},
      {"memory.fixed", "MiB", "resident once a host, whatever runs"},
      {"memory.private", "MiB", "touched pages of one instance that nobody shares"},
      {"memory.marginal", "MiB", "what one more instance adds to the resident memory of the host"},
      {"memory.configured", "MiB", "what one instance was promised"},
      {"memory.host", "MiB", "resident on the host with so many instances"},
      {"memory.merged", "MiB", "the same, once page merging has found what is equal in guests"},
      {"merging.time", "s",
       "two passes over the guests' memory at Linux's default rate: then all of it is found"},
      {"housekeeping.cores", "1",
       "cores that so many idle instances keep busy, as their layers state it"},
      {"cache.same_files", "1",
       "files in memory, over what one instance caches, with so many that read the same"},
      {"cache.own_files", "1", "the same, each reading its own"},
      {"density.instances", "1", "instances that run when the host's memory is full"},
      {"syscall.latency", "ns", "one null system call as the application sees it"},
      {"page_fault.latency", "ns", "first touch of one 4 KiB page"},
      {"packet_send.cpu", "ns", "CPU time of one packet sent, whoever pays"},
      {"request.latency", "ns", "software time of one unit of the workload, nothing contending"},
      {"request.cpu", "ns", "CPU time of one unit of the workload, whoever pays"},
      {"request.rate", "/s",
       "units of the workload per second of one worker that always finds another waiting"},
      {"request.crossings", "1", "crossings between layers of one unit of the workload"},
      {"request.copies", "1", "payload copies of one unit of the workload"},
      {"start.latency", "ms",
       "replayed arrivals: from the arrival to the application's first mark"},
      {"serve.latency", "ms", "replayed arrivals: from the arrival to the end of its service"},
      {"host.running", "1", "replayed arrivals: instances alive at once, at most"},
      {"host.memory", "MiB", "replayed arrivals: resident memory of the host, at most"},
      {"host.refused", "1", "replayed arrivals: how many did not fit the host's memory"},
      {"host.utilisation", "1", "replayed arrivals: share of the machine's core time in use"},
      {"fleet.hosts", "1", "a fleet: hosts with an instance, at most at once"},
      {"fleet.hosts_needed", "1",
       "a fleet: hosts' worth of what the trace needs, of memory at its peak or of cores at the "
       "99th "
       "percentile, whichever is more; a fraction of a large fleet"},
      {"fleet.instances", "1", "a fleet: instances loaded, at most at once"},
      {"fleet.instances_per_host", "1", "a fleet: those, a host needed"},
      {"fleet.rejected", "1", "a fleet: calls for which no host had memory"},
      {"cold.rate", "1", "a fleet: share of calls that waited for a start"},
      {"cold.latency", "ms", "a fleet: how long those waited"},
      {"cold.app_rate", "1", "a fleet: share of an application's calls that were cold"},
      {"call.stretch", "1", "a fleet: time of a call's execution over that on an idle core"},
      {"memory.wasted", "GiB h", "a fleet: memory of instances with nothing to do"},
      {"memory.stranded", "1", "a fleet: share of the hosts' memory left over when cores decide"},
      {"memory.duplicated", "MiB", "a fleet: equal pages held more than once, at its peak"},
      {"cost.million_calls", "USD", "a fleet: its servers and power over the trace"},
      {"cost.instance_month", "USD", "a fleet: the same of one loaded instance"},
      {"price.million_calls", "USD", "what a provider asks; billed by 100 ms or by 1 ms"},
      {"energy.million_calls", "kWh", "a fleet: with the hall's"},
      {"carbon.million_calls", "kg", "a fleet: of the energy and of making the servers"},
      {"outage.hosts", "1", "a fleet under --failures: hosts that failed"},
      {"outage.racks", "1", "a fleet under --failures: racks that failed"},
      {"outage.instances", "1", "a fleet under --failures: instances on those"},
      {"outage.calls", "1", "a fleet under --failures: calls that were lost with them"},
      {"restart.begun", "1", "a fleet under --failures: instances started elsewhere at once"},
      {"restart.back", "s", "a fleet under --failures: until those were loaded again"},
  };
  return kMetrics;
}

std::string unit_of(const std::string& metric) {
  for (const Metric& known : metrics())
    if (metric == known.name || starts_with(metric, known.name + ".")) return known.unit;
  if (starts_with(metric, "boot.") || starts_with(metric, "start.") ||
      starts_with(metric, "serve."))
    return "ms";
  return "";
}

void read_experiment(Reader& reader, const Node& node, Scenario& scenario) {
  note_places(node, scenario.places);
  read_axes(reader, scenario);
  read_run(reader, scenario);
}

Scenario read_scenario(const Node& node, const std::string& id, Issues& issues) {
  Reader reader(node, issues);
  Scenario scenario;
  scenario.id = id;
  scenario.place = node.place;
  scenario.question = reader.text("question");
  read_experiment(reader, node, scenario);
  read_fleet(reader, scenario);
  return scenario;
}

std::vector<Cell> expand(const Scenario& scenario) {
  const auto or_none = [](auto axis) {
    if (axis.empty()) axis.emplace_back();
    return axis;
  };
  std::vector<Cell> cells;
  for (const auto& machine : scenario.machines)
    for (const auto& workload : or_none(scenario.workloads))
      for (const auto& stack : scenario.stacks)
        for (const int parallel : or_none(scenario.parallel))
          for (const int burst : or_none(scenario.burst))
            cells.push_back({stack, machine, workload, parallel, burst});
  return cells;
}

}  // namespace strata
