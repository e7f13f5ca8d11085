#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <limits>
#include <sstream>
#include <thread>

#include "models/cli/fleet.h"
#include "models/cli/fleet_answers.h"
#include "models/cli/fleet_asked.h"
#include "models/cli/fleet_keys.h"
#include "models/cli/fleet_out.h"
#include "models/cli/fleet_outages.h"
#include "models/cli/manifest.h"
#include "models/cli/progress.h"
#include "models/cli/results.h"
#include "models/fleet/least_hosts.h"
#include "models/fleet/serve_all.h"
#include "models/layers/boot.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string scenario;
  std::vector<std::string> stacks, sets;
  int jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::optional<std::int64_t> seed;
  std::optional<int> trials;
  std::string out, traces, eviction = "none", carbon, carbon_zone;
  std::optional<std::int64_t> carbon_from;
  OutageHours outages;
  bool json = false, no_figures = false, at_slo = false, failures = false;
};

/// A stack on a machine with what is known of it at every draw.
struct Known {
  const StackFile* stack = nullptr;
  const MachineFile* machine = nullptr;
  Surface surface;
  std::vector<Surface> drawn;  ///< [0]: the surface itself, without its starts
};

std::vector<Known> know(Catalog& catalog, const Scenario& scenario, int jobs) {
  const SurfaceCache cache = surface_cache();
  std::vector<Known> out;
  Progress progress("surfaces", static_cast<int>(scenario.stacks.size()));
  for (const std::string& machine : scenario.machines)
    for (const std::string& stack : scenario.stacks) {
      Known k{&stack_of(catalog, stack), &machine_of(catalog, machine), {}, {}};
      Issues issues;
      check_boot(*k.stack, issues);
      if (!issues.empty()) throw WrongInput(issues);
      k.surface = measure_surface(*k.stack, *k.machine, {scenario.seed, 0}, {}, jobs, cache);
      for (int trial = 0; trial <= scenario.trials; ++trial)
        k.drawn.push_back(closed_form(*k.stack, *k.machine, {scenario.seed, trial}));
      out.push_back(std::move(k));
      progress.done(static_cast<int>(out.size()));
    }
  return out;
}

/// The metrics a scenario asked for, of one cell at every draw.
void answer(const Scenario& scenario, const Known& known, const CostFile& costs,
            const CarbonHours& carbon, FleetCell& cell) {
  for (int trial = 0; trial <= scenario.trials; ++trial)
    for (const FleetNumber& n :
         fleet_numbers(cell.totals, cell.setup, known.drawn[static_cast<std::size_t>(trial)], costs,
                       {scenario.seed, trial}, carbon))
      if (std::find(scenario.metrics.begin(), scenario.metrics.end(), n.metric) !=
          scenario.metrics.end())
        cell.numbers[{n.metric, n.statistic}].push_back(n.value);
}

std::vector<FleetCell> play(Catalog& catalog, const Scenario& scenario, const std::string& traces,
                            const std::vector<Known>& known, const CarbonHours& carbon,
                            const Options& o) {
  const FleetQuestion& ask = *scenario.fleet;
  const auto reader = catalog.invocations.find(ask.trace);
  if (reader == catalog.invocations.end())
    throw WrongInput(fmt::format("fleet.trace: '{}' is no format of function calls{}", ask.trace,
                                 suggest(ask.trace, ids(catalog.invocations), 60)));
  const auto policy = catalog.policies.find(ask.policy);
  if (policy == catalog.policies.end())
    throw WrongInput(fmt::format("fleet.policy: '{}' is no placement policy{}", ask.policy,
                                 suggest(ask.policy, ids(catalog.policies), 60)));
  const CostFile& costs = costs_of(catalog, ask.costs);
  std::vector<KeepAliveAsked> keeps;
  for (const std::string& text : ask.keep_alive) keeps.push_back(keep_alive_of(catalog, text));

  std::vector<FleetCell> out;
  for (const std::string& calls : ask.calls)
    for (const std::string& arrivals : ask.arrivals) {
      InvocationOptions options;
      options.seed = scenario.seed;
      options.within = arrivals == "bursty" ? WithinMinute::bursty : WithinMinute::uniform;
      options.without_largest = calls == "without_largest";
      Issues issues;
      const auto open = [&] {
        auto source = reader->second.open(traces, options, issues);
        if (!issues.empty()) throw WrongInput(issues);
        return source;
      };
      for (const std::string& note : open()->notes()) std::cerr << note << "\n";
      std::vector<FaasSetup> setups;
      for (const Known& k : known)
        for (const KeepAliveAsked& keep : keeps)
          setups.push_back({&k.surface, static_cast<std::size_t>(ask.hosts), policy->second,
                            *keep.policy, keep.us, costs.at("cpu_share").value.value, ask.fill,
                            scenario.seed, o.failures ? o.outages.rates() : OutageRates{},
                            eviction_of(o.eviction)});
      Progress progress(fmt::format("{} calls, {}", calls, arrivals), 0);
      const auto serve = [&](const std::vector<FaasSetup>& fleets) {
        return serve_all(*open(), fleets, o.jobs, [&](std::uint64_t played) {
          progress.say(fmt::format("{:.2f} million calls on {} fleets",
                                   static_cast<double>(played) / 1e6, fleets.size()));
        });
      };
      const auto held = [&](const FaasTotals& t) {
        return t.rejected == 0 && t.stretch.quantile(0.99) / 1000 <= ask.slo;
      };
      std::vector<LeastHosts> least;
      if (o.at_slo) least = least_hosts(setups, serve, held);
      auto totals = o.at_slo ? std::vector<FaasTotals>() : serve(setups);
      for (LeastHosts& l : least) totals.push_back(std::move(l.totals));
      for (std::size_t i = 0; i < setups.size(); ++i) {
        const Known& k = known[i / keeps.size()];
        FleetCell cell;
        cell.stack = k.stack->id;
        cell.machine = k.machine->id;
        cell.era = k.stack->era;
        cell.accel = accel_of(*k.stack, k.machine->accel);
        cell.workload =
            fmt::format("{}/{}/{}/{}", ask.trace, calls, arrivals, keeps[i % keeps.size()].text);
        cell.totals = totals[i];
        cell.setup = setups[i];
        try {
          answer(scenario, k, costs, carbon, cell);
        } catch (const std::invalid_argument& wrong) {
          throw WrongInput(fmt::format("--carbon: {}: {}", o.carbon, wrong.what()));
        }
        if (o.at_slo) {
          const auto hosts = static_cast<double>(least[i].hosts);
          const auto instances = static_cast<double>(totals[i].most_instances);
          cell.numbers[{"fleet.hosts_needed", "at objective"}] = {hosts};
          if (hosts > 0)
            cell.numbers[{"fleet.instances_per_host", "at objective"}] = {instances / hosts};
        }
        out.push_back(std::move(cell));
      }
    }
  return out;
}

void run(const Options& o, Home& home, const std::string& command_line) {
  const auto begin = std::chrono::steady_clock::now();
  Catalog& catalog = home.catalog();
  Scenario scenario = scenario_of(catalog, o.scenario);
  if (!scenario.fleet)
    throw WrongInput(
        fmt::format("{}: asks nothing about a fleet (it has no [fleet]): strata run {}", o.scenario,
                    o.scenario));
  if (!o.stacks.empty()) scenario.stacks = o.stacks;
  for (const std::string& text : o.sets) set_fleet_key(scenario, text);
  eviction_of(o.eviction);
  const CarbonHours carbon = carbon_of(o.carbon, o.carbon_zone, o.carbon_from);
  if (o.failures) ask_for_outages(scenario);
  if (o.seed) scenario.seed = static_cast<std::uint64_t>(*o.seed);
  if (o.trials) scenario.trials = *o.trials;
  const std::string traces = traces_folder(o.traces);
  const fs::path folder =
      o.out.empty() ? catalog.home / "results" / "local" / scenario.id : fs::path(o.out);
  require_writable(folder);
  // What is wrong with the question is said before the work.
  costs_of(catalog, scenario.fleet->costs);
  for (const std::string& text : scenario.fleet->keep_alive) keep_alive_of(catalog, text);

  const auto known = know(catalog, scenario, o.jobs);
  const auto cells = play(catalog, scenario, traces, known, carbon, o);
  std::ostringstream rows;
  write_csv(rows, records_of(scenario, cells));
  write_whole(folder / "results.csv", rows.str());
  const std::string figures = o.no_figures ? "" : draw_figures(folder, catalog.home);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  const RunFacts facts{command_line,  scenario.id, inputs_hash(catalog.home, {}),
                       scenario.seed, o.jobs,      wall.count()};
  write_whole(folder / "manifest.json", manifest(facts, catalog.home).dump(2) + "\n");
  if (o.json) {
    std::cout << to_json(scenario, cells, folder).dump(2) << "\n";
    return;
  }
  std::cout << scenario.question << "\n" << as_text(scenario, cells);
  std::cout << fmt::format("\nwritten to {}: results.csv, manifest.json\n{}", folder.string(),
                           figures);
}

}  // namespace

void add_fleet_scenario(CLI::App& fleet, Home& home) {
  auto o = std::make_shared<Options>();
  fleet.add_option("SCENARIO", o->scenario, "a scenario with [fleet] (strata list scenarios)");
  fleet.add_option("--stack", o->stacks, "play these stacks instead of the scenario's");
  fleet.add_option("--set", o->sets,
                   "key=value[,value...]: replace a key of the scenario's [fleet]");
  fleet
      .add_option("--eviction", o->eviction,
                  "which idle instances make room where nothing fits: none, lru, greedy-dual")
      ->capture_default_str();
  fleet.add_option("--trials", o->trials, "parameter draws beside the run at stated values")
      ->check(CLI::Range(0, 100000));
  fleet.add_option("--jobs,-j", o->jobs, "threads; never changes a result")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  fleet.add_option("--seed", o->seed, "of all random streams")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
  fleet.add_option("--out", o->out, "folder to write to (default results/local/SCENARIO)");
  fleet.add_option("--traces", o->traces, "folder of recorded workloads (or STRATA_TRACES)");
  fleet.add_flag("--at-slo", o->at_slo,
                 "search the smallest number of hosts, up to the scenario's, at its objective");
  auto* carbon =
      fleet.add_option("--carbon", o->carbon,
                       "CSV of hours (unix_s) and g of CO2 a kWh, a column a zone: instead of the "
                       "costs' constant, from its first hour on");
  fleet.add_option("--carbon-zone", o->carbon_zone, "its column, where there are several")
      ->needs(carbon);
  fleet.add_option("--carbon-from", o->carbon_from, "unix_s of the hour in which the play begins")
      ->needs(carbon);
  auto* failures =
      fleet.add_flag("--failures", o->failures,
                     "hosts and racks fail: calls on them are lost, instances start elsewhere");
  add_outage_options(fleet, o->outages, failures);
  fleet.add_flag("--json", o->json, "the answers for programs, instead of tables");
  fleet.add_flag("--no-figures", o->no_figures, "draw nothing");
  fleet.callback([o, &fleet, &home] {
    if (!fleet.get_subcommands().empty()) return;
    if (o->scenario.empty())
      throw WrongInput("strata fleet: must be followed by a scenario with [fleet], or by churn");
    std::string line = "strata fleet " + o->scenario;
    for (const std::string& stack : o->stacks) line += " --stack " + stack;
    for (const std::string& set : o->sets) line += " --set " + set;
    if (o->eviction != "none") line += " --eviction " + o->eviction;
    if (o->at_slo) line += " --at-slo";
    if (!o->carbon.empty()) line += " --carbon " + o->carbon;
    if (!o->carbon_zone.empty()) line += " --carbon-zone " + o->carbon_zone;
    if (o->carbon_from) line += fmt::format(" --carbon-from {}", *o->carbon_from);
    if (o->failures) line += " --failures " + o->outages.as_options();
    if (o->trials) line += fmt::format(" --trials {}", *o->trials);
    if (o->seed) line += fmt::format(" --seed {}", *o->seed);
    run(*o, home, line);
  });
}

}  // namespace strata
