#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <regex>

#include "models/cli/fleet.h"
#include "models/cli/text_table.h"
#include "models/fleet/stranding.h"
#include "models/study/trace_files.h"

namespace strata {
namespace {

struct Options {
  std::string trace, traces, part, policy = "best-fit", host = "64x256";
  std::uint32_t hosts = 0;  ///< 0: the trace's own, or a thousand
  std::uint64_t seed = 1;
  int choices = 2;
  bool json = false;
};

Capacity host_of(const std::string& text) {
  std::smatch match;
  static const std::regex form(R"((\d+)x(\d+(\.\d+)?))");
  const bool matches = std::regex_match(text, match, form);
  const auto cores = matches ? number<std::uint32_t>(match[1].str()) : std::nullopt;
  const auto gib = matches ? number<double>(match[2].str()) : std::nullopt;
  if (!cores || !gib || *cores == 0 || *cores > 100'000 || *gib > 1'000'000)
    throw WrongInput(fmt::format(
        "--host: '{}' is no host: expected CORESxGIB, as in 64x256, up to 100000x1000000", text));
  return {*cores, static_cast<std::uint32_t>(std::lround(*gib * 1024))};
}

VmTrace open(const Options& o, const Catalog& catalog) {
  const auto reader = catalog.vm_traces.find(o.trace);
  if (reader == catalog.vm_traces.end())
    throw WrongInput(fmt::format("'{}' is no trace of virtual machines{}", o.trace,
                                 suggest(o.trace, ids(catalog.vm_traces))));
  Issues issues;
  VmTrace trace = reader->second.open(traces_folder(o.traces), {o.seed, o.part}, issues);
  if (!issues.empty()) throw WrongInput(issues);
  return trace;
}

double share(std::int64_t part, double whole) {
  return whole > 0 ? static_cast<double>(part) / whole : 0;
}

/// One line of the answer: a share of the fleet's cores and one of its memory.
struct Share {
  const char *name, *words;
  double cores, memory;
};

void vms(const Options& o, Home& home) {
  const PlacementPolicy& policy = policy_of(home.catalog(), o.policy);
  const Capacity host = host_of(o.host);
  VmTrace trace = open(o, home.catalog());
  FleetShape fleet;
  fleet.shapes = trace.shapes;
  if (o.hosts == 0 && !trace.hosts.empty())
    fleet.hosts = trace.hosts;
  else
    fleet.hosts.assign(o.hosts == 0 ? 1000 : o.hosts, host);
  fleet.seed = o.seed;
  fleet.choices = o.choices;
  const auto placement = policy.make(fleet);
  Stranding watch(fleet);
  const FleetTotals t = place(*trace.requests, fleet, *placement, nullptr, &watch);

  const auto span = static_cast<double>(watch.last - watch.begin);
  const double hours = 3600.0 * static_cast<double>(trace.ticks_per_second);
  const auto cores = static_cast<double>(watch.has.cores), mib = static_cast<double>(watch.has.mib);
  const std::vector<Share> shares = {
      {"used_mean", "used, mean over time", share(watch.used_ticks.cores, cores * span),
       share(watch.used_ticks.mib, mib * span)},
      {"used_peak", "used at most", share(watch.most_used.cores, cores),
       share(watch.most_used.mib, mib)},
      {"stranded_mean", "stranded, mean over time", share(watch.stranded_ticks.cores, cores * span),
       share(watch.stranded_ticks.mib, mib * span)},
      {"stranded_at_peak", "stranded when most cores are used",
       share(watch.stranded_at_peak.cores, cores), share(watch.stranded_at_peak.mib, mib)}};
  if (o.json) {
    nlohmann::ordered_json out = {
        {"trace", o.trace},
        {"part", o.part},
        {"policy", o.policy},
        {"hosts", fleet.hosts.size()},
        {"arrived", t.arrived},
        {"placed", t.placed},
        {"rejected", t.rejected},
        {"peak_running", t.peak_running},
        {"peak_hosts", watch.most_hosts},
        {"hours", span / hours},
        {"core_hours", static_cast<double>(t.core_ticks) / hours},
        {"gib_hours", static_cast<double>(t.mib_ticks) / 1024 / hours},
        {"units", {{"cores", trace.cores}, {"memory", trace.memory}}},
        {"placement_hash", fmt::format("{:016x}", t.placement_hash)},
        {"notes", trace.notes}};
    for (const Share& s : shares) out[s.name] = {{"cores", s.cores}, {"memory", s.memory}};
    std::cout << out.dump(2) << "\n";
    return;
  }
  std::cout << fmt::format("{}{}: {} virtual machines on {} hosts, {}\n\n", o.trace,
                           o.part.empty() ? "" : " " + o.part, t.arrived, fleet.hosts.size(),
                           o.policy);
  TextTable counts({"", ""});
  counts.row({"placed", fmt::format("{}", t.placed)});
  counts.row({"rejected", fmt::format("{} ({:.3g} %)", t.rejected,
                                      100 * share(static_cast<std::int64_t>(t.rejected),
                                                  static_cast<double>(t.arrived)))});
  counts.row({"most running at a time", fmt::format("{}", t.peak_running)});
  counts.row({"most hosts in use at a time", fmt::format("{}", watch.most_hosts)});
  counts.row({"hours", compact(span / hours, 4)});
  counts.row({"placement hash", fmt::format("{:016x}", t.placement_hash)});
  std::cout << counts.print() << "\n";
  TextTable table({"share of the fleet", "cores", "memory"});
  for (const Share& s : shares)
    table.row({s.words, fmt::format("{:.2f} %", 100 * s.cores), fmt::format("{:.2f} %", 100 * s.memory)});
  std::cout << table.print() << "\nstranded: free on hosts on which no shape of the trace fits\n";
  if (trace.cores != "cores")
    std::cout << fmt::format("cores are {}, memory {}\n", trace.cores, trace.memory);
  for (const std::string& note : trace.notes) std::cout << note << "\n";
  std::cout << "balanced: arrived = ended + rejected; every host is empty again; core and memory "
               "time of the\nfleet are those of its machines\n";
}

}  // namespace

std::string traces_folder(const std::string& option) {
  const char* set = std::getenv("STRATA_TRACES");
  std::string folder = !option.empty() ? option : set ? set : "";
  if (folder.empty())
    throw WrongInput("say where your traces are with --traces DIR or STRATA_TRACES");
  return folder;
}

void add_fleet_vms(CLI::App& fleet, Home& home) {
  auto* command = fleet.add_subcommand(
      "vms", "place a recorded trace of virtual machines: peak, rejected, stranded");
  auto o = std::make_shared<Options>();
  command->add_option("TRACE", o->trace, "azure_vm_2017, google_2019, swf or a plug-in's")
      ->required();
  command->add_option("--traces", o->traces, "folder of recorded workloads (or STRATA_TRACES)");
  command->add_option("--part", o->part, "of a trace in parts; without: the first");
  command->add_option("--hosts", o->hosts, "in the fleet; without: the trace's own, or 1000")
      ->check(CLI::Range(1, 10'000'000));
  command->add_option("--host", o->host, "cores and GiB of each")->capture_default_str();
  command->add_option("--policy", o->policy, "of placement")->capture_default_str();
  command->add_option("--choices", o->choices, "hosts that random-choices looks at")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--seed", o->seed, "of policies that draw, and of what a trace leaves open")
      ->capture_default_str();
  command->add_flag("--json", o->json, "for programs");
  command->callback([o, &home] { vms(*o, home); });
}

}  // namespace strata
