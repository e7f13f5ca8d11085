#include "models/cli/fleet_scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "models/base/distribution.h"
#include "models/cli/manifest.h"
#include "models/cli/progress.h"
#include "models/cli/results.h"
#include "models/cli/text_table.h"
#include "models/fleet/fleet_numbers.h"
#include "models/fleet/serve_all.h"
#include "models/fleet/surface_cache.h"
#include "models/layers/boot.h"
#include "models/study/record.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string scenario;
  std::vector<std::string> stacks;
  int jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::optional<std::int64_t> seed;
  std::optional<int> trials;
  std::string out, traces;
  bool json = false, no_figures = false;
};

/// One stack under one keep-alive policy, for one way of reading the trace.
struct Played {
  std::string stack, machine, workload;
  int era = 0;
  std::string accel;
  FaasTotals totals;
  FaasSetup setup;
  /// By metric and statistic: at trial 0, then at every draw.
  std::map<std::pair<std::string, std::string>, std::vector<double>> numbers;

  double value(const std::string& metric, const std::string& statistic = "value") const {
    const auto it = numbers.find({metric, statistic});
    return it == numbers.end() ? std::nan("") : it->second.front();
  }
};

/// A stack on a machine with what is known of it at every draw.
struct Known {
  const StackFile* stack = nullptr;
  const MachineFile* machine = nullptr;
  Surface surface;
  std::vector<Surface> drawn;  ///< [0]: the surface itself, without its starts
};

struct KeepAliveAsked {
  std::string text;
  const KeepAlivePolicy* policy = nullptr;
  std::int64_t us = 0;
};

KeepAliveAsked keep_alive_of(const Catalog& catalog, const std::string& text) {
  const auto colon = text.find(':');
  const std::string id = text.substr(0, colon);
  const auto it = catalog.keep_alives.find(id);
  if (it == catalog.keep_alives.end())
    throw WrongInput(fmt::format("fleet.keep_alive: '{}' is no keep-alive policy{}", id,
                                 suggest(id, ids(catalog.keep_alives), 60)));
  KeepAliveAsked out{text, &it->second, it->second.default_us};
  if (colon == std::string::npos) return out;
  const auto time = parse_quantity(text.substr(colon + 1));
  if (it->second.default_us == 0)
    throw WrongInput(fmt::format("fleet.keep_alive: '{}': {} takes no time", text, id));
  if (!time || time->dimension != Dimension::time || time->value < 1000)
    throw WrongInput(fmt::format(
        "fleet.keep_alive: '{}': must be a policy and a time such as fixed:20 min", text));
  out.us = std::llround(time->value / 1000);
  return out;
}

fs::path cache_folder() {
  if (const char* set = std::getenv("XDG_CACHE_HOME"); set && *set) return fs::path(set) / "strata";
  if (const char* home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".cache" / "strata";
  return {};
}

/// What stands for this program in the cache: its own bytes.
std::string maker() {
  std::ifstream self("/proc/self/exe", std::ios::binary);
  std::ostringstream bytes;
  bytes << self.rdbuf();
  return fmt::format("strata {:016x}", hash(bytes.str()));
}

std::vector<Known> know(Catalog& catalog, const Scenario& scenario, int jobs) {
  const SurfaceCache cache{cache_folder(), maker()};
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

const CostFile& costs_of(const Catalog& catalog, const std::string& id) {
  if (const auto broken = catalog.broken.find("workloads/costs/" + id + ".toml");
      broken != catalog.broken.end())
    throw WrongInput(broken->second);
  const auto it = catalog.costs.find(id);
  if (it == catalog.costs.end())
    throw WrongInput(fmt::format("fleet.costs: '{}' is no file of costs{}", id,
                                 suggest(id, ids(catalog.costs), 60)));
  return it->second;
}

/// The metrics a scenario asked for, of one cell at every draw.
void answer(const Scenario& scenario, const Known& known, const CostFile& costs, Played& cell) {
  for (int trial = 0; trial <= scenario.trials; ++trial)
    for (const FleetNumber& n :
         fleet_numbers(cell.totals, cell.setup, known.drawn[static_cast<std::size_t>(trial)], costs,
                       {scenario.seed, trial}))
      if (std::find(scenario.metrics.begin(), scenario.metrics.end(), n.metric) !=
          scenario.metrics.end())
        cell.numbers[{n.metric, n.statistic}].push_back(n.value);
}

std::vector<Played> play(Catalog& catalog, const Scenario& scenario, const std::string& traces,
                         const std::vector<Known>& known, int jobs) {
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
  if (traces.empty())
    throw WrongInput(
        fmt::format("{} plays recorded calls ({}): say where your traces are with --traces DIR or "
                    "STRATA_TRACES",
                    scenario.id, ask.trace));

  std::vector<Played> out;
  for (const std::string& calls : ask.calls)
    for (const std::string& arrivals : ask.arrivals) {
      InvocationOptions options;
      options.seed = scenario.seed;
      options.within = arrivals == "bursty" ? WithinMinute::bursty : WithinMinute::uniform;
      options.without_largest = calls == "without_largest";
      Issues issues;
      const auto source = reader->second.open(traces, options, issues);
      if (!issues.empty()) throw WrongInput(issues);
      std::vector<FaasSetup> setups;
      for (const Known& k : known)
        for (const KeepAliveAsked& keep : keeps)
          setups.push_back({&k.surface, static_cast<std::size_t>(ask.hosts), policy->second,
                            *keep.policy, keep.us, costs.at("cpu_share").value.value, ask.fill,
                            scenario.seed});
      Progress progress(fmt::format("{} calls, {}", calls, arrivals), 0);
      const auto totals = serve_all(*source, setups, jobs, [&](std::uint64_t played) {
        progress.say(fmt::format("{:.2f} million calls on {} fleets",
                                 static_cast<double>(played) / 1e6, setups.size()));
      });
      for (std::size_t i = 0; i < setups.size(); ++i) {
        const Known& k = known[i / keeps.size()];
        Played cell;
        cell.stack = k.stack->id;
        cell.machine = k.machine->id;
        cell.era = k.stack->era;
        cell.accel = accel_of(*k.stack, k.machine->accel);
        cell.workload =
            fmt::format("{}/{}/{}/{}", ask.trace, calls, arrivals, keeps[i % keeps.size()].text);
        cell.totals = totals[i];
        cell.setup = setups[i];
        answer(scenario, k, costs, cell);
        out.push_back(std::move(cell));
      }
    }
  return out;
}

std::vector<Record> records_of(const Scenario& scenario, const std::vector<Played>& cells) {
  std::vector<Record> out;
  for (const Played& cell : cells)
    for (const auto& [key, values] : cell.numbers)
      for (std::size_t trial = 0; trial < values.size(); ++trial) {
        Record r;
        r.scenario = scenario.id;
        r.stack = cell.stack;
        r.workload = cell.workload;
        r.machine = cell.machine;
        r.era = cell.era;
        r.accel = cell.accel;
        r.trial = static_cast<int>(trial);
        r.seed = scenario.seed;
        r.metric = key.first;
        r.statistic = key.second;
        r.value = values[trial];
        r.unit = unit_of(key.first);
        out.push_back(std::move(r));
      }
  return out;
}

std::string with_range(const std::vector<double>& values) {
  if (values.size() < 20) return compact(values.front(), 4);
  Empirical draws{{values.begin() + 1, values.end()}};
  std::sort(draws.sorted.begin(), draws.sorted.end());
  const double low = quantile(draws, 0.05), high = quantile(draws, 0.95);
  if (low == high) return compact(values.front(), 4);
  return fmt::format("{} [{} .. {}]", compact(values.front(), 4), compact(low, 3),
                     compact(high, 3));
}

void print_tables(const Scenario& scenario, const std::vector<Played>& cells) {
  std::vector<std::string> workloads;
  for (const Played& cell : cells)
    if (std::find(workloads.begin(), workloads.end(), cell.workload) == workloads.end())
      workloads.push_back(cell.workload);
  for (const std::string& workload : workloads) {
    std::vector<const Played*> rows;
    for (const Played& cell : cells)
      if (cell.workload == workload) rows.push_back(&cell);
    const FaasTotals& first = rows.front()->totals;
    std::cout << fmt::format("\n{}: {} calls\n\n", workload, first.arrived);
    std::vector<std::string> header = {"stack"};
    std::vector<std::pair<std::string, std::string>> columns;
    for (const std::string& metric : scenario.table.empty() ? scenario.metrics : scenario.table)
      for (const auto& [key, values] : rows.front()->numbers)
        if (key.first == metric) {
          columns.push_back(key);
          const std::string unit = unit_of(metric);
          header.push_back(metric + (key.second == "value" ? "" : " " + key.second) +
                           (unit == "1" ? "" : " " + unit));
        }
    TextTable table(header);
    for (const Played* cell : rows) {
      std::vector<std::string> row = {cell->stack};
      for (const auto& key : columns) {
        const auto it = cell->numbers.find(key);
        row.push_back(it == cell->numbers.end() ? "-" : with_range(it->second));
      }
      table.row(std::move(row));
    }
    std::cout << table.print();
  }
}

/// How sure it is that the cheapest stack of a workload is cheaper than each other one.
struct Cheaper {
  std::string workload, cheapest, other;
  double probability = 0;  ///< of the draws; equal costs count half
};

std::vector<Cheaper> cheaper(const std::vector<Played>& cells) {
  std::vector<Cheaper> out;
  std::map<std::string, std::vector<const Played*>> by_workload;
  for (const Played& cell : cells) by_workload[cell.workload].push_back(&cell);
  const std::pair<std::string, std::string> key{"cost.million_calls", "value"};
  for (const auto& [workload, all] : by_workload) {
    std::vector<const Played*> rows;
    for (const Played* cell : all)
      if (cell->numbers.contains(key)) rows.push_back(cell);
    if (rows.size() < 2) continue;
    const Played* best = *std::min_element(rows.begin(), rows.end(), [&](auto* a, auto* b) {
      return a->numbers.at(key).front() < b->numbers.at(key).front();
    });
    for (const Played* other : rows) {
      if (other == best) continue;
      const auto &a = best->numbers.at(key), &b = other->numbers.at(key);
      double wins = 0;
      for (std::size_t t = 1; t < a.size(); ++t) wins += a[t] < b[t] ? 1 : a[t] == b[t] ? 0.5 : 0;
      if (a.size() > 1)
        out.push_back(
            {workload, best->stack, other->stack, wins / static_cast<double>(a.size() - 1)});
    }
  }
  return out;
}

void print_findings(const Scenario& scenario, const std::vector<Played>& cells) {
  std::map<std::string, std::vector<Cheaper>> by_workload;
  for (const Cheaper& c : cheaper(cells)) by_workload[c.workload].push_back(c);
  if (!by_workload.empty()) std::cout << "\n";
  for (const auto& [workload, rows] : by_workload) {
    std::string text;
    for (const Cheaper& c : rows)
      text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", c.other, 100 * c.probability);
    std::cout << fmt::format("{}: {} is cheapest; in so many draws it is cheaper than {}\n",
                             workload, rows.front().cheapest, text);
  }
  const double slo = scenario.fleet->slo;
  int missed = 0;
  for (const Played& cell : cells)
    if (cell.totals.stretch.quantile(0.99) / 1000 > slo) ++missed;
  std::cout << fmt::format(
      "\nThe objective, 99 % of calls within {} times their time on an idle core once they run, is "
      "held in {} of {} cells.\n",
      slo, cells.size() - static_cast<std::size_t>(missed), cells.size());
}

nlohmann::ordered_json to_json(const Scenario& scenario, const std::vector<Played>& cells,
                               const fs::path& folder) {
  nlohmann::ordered_json out;
  out["scenario"] = scenario.id;
  out["question"] = scenario.question;
  out["seed"] = scenario.seed;
  out["trials"] = scenario.trials;
  out["answers"] = nlohmann::ordered_json::array();
  for (const Played& cell : cells)
    for (const auto& [key, values] : cell.numbers) {
      Empirical draws{{values.begin() + (values.size() > 1 ? 1 : 0), values.end()}};
      std::sort(draws.sorted.begin(), draws.sorted.end());
      out["answers"].push_back({{"stack", cell.stack},
                                {"machine", cell.machine},
                                {"workload", cell.workload},
                                {"metric", key.first},
                                {"statistic", key.second},
                                {"value", values.front()},
                                {"low", quantile(draws, 0.05)},
                                {"high", quantile(draws, 0.95)},
                                {"unit", unit_of(key.first)}});
    }
  out["cheaper"] = nlohmann::ordered_json::array();
  for (const Cheaper& c : cheaper(cells))
    out["cheaper"].push_back({{"workload", c.workload},
                              {"cheapest", c.cheapest},
                              {"than", c.other},
                              {"probability", c.probability}});
  out["folder"] = folder.string();
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
  if (o.seed) scenario.seed = static_cast<std::uint64_t>(*o.seed);
  if (o.trials) scenario.trials = *o.trials;
  const char* env = std::getenv("STRATA_TRACES");
  const std::string traces = !o.traces.empty() ? o.traces : env ? env : "";
  const fs::path folder =
      o.out.empty() ? catalog.home / "results" / "local" / scenario.id : fs::path(o.out);
  require_writable(folder);
  // What is wrong with the question is said before the work.
  costs_of(catalog, scenario.fleet->costs);
  for (const std::string& text : scenario.fleet->keep_alive) keep_alive_of(catalog, text);

  const auto known = know(catalog, scenario, o.jobs);
  const auto cells = play(catalog, scenario, traces, known, o.jobs);
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
  std::cout << scenario.question << "\n";
  print_tables(scenario, cells);
  if (scenario.trials >= 20)
    std::cout << fmt::format(
        "value at stated parameters [5 % .. 95 % of {} draws from their ranges]\n",
        scenario.trials);
  print_findings(scenario, cells);
  std::cout << fmt::format("\nwritten to {}: results.csv, manifest.json\n{}", folder.string(),
                           figures);
}

}  // namespace

void add_fleet_scenario(CLI::App& fleet, Home& home) {
  auto o = std::make_shared<Options>();
  fleet.add_option("SCENARIO", o->scenario, "a scenario with [fleet] (strata list scenarios)");
  fleet.add_option("--stack", o->stacks, "play these stacks instead of the scenario's");
  fleet.add_option("--trials", o->trials, "parameter draws beside the run at stated values")
      ->check(CLI::Range(0, 100000));
  fleet.add_option("--jobs,-j", o->jobs, "threads; never changes a result")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  fleet.add_option("--seed", o->seed, "of all random streams")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
  fleet.add_option("--out", o->out, "folder to write to (default results/local/SCENARIO)");
  fleet.add_option("--traces", o->traces, "folder of recorded workloads (or STRATA_TRACES)");
  fleet.add_flag("--json", o->json, "the answers for programs, instead of tables");
  fleet.add_flag("--no-figures", o->no_figures, "draw nothing");
  fleet.callback([o, &fleet, &home] {
    if (!fleet.get_subcommands().empty()) return;
    if (o->scenario.empty())
      throw WrongInput("strata fleet: must be followed by a scenario with [fleet], or by churn");
    std::string line = "strata fleet " + o->scenario;
    for (const std::string& stack : o->stacks) line += " --stack " + stack;
    if (o->trials) line += fmt::format(" --trials {}", *o->trials);
    if (o->seed) line += fmt::format(" --seed {}", *o->seed);
    run(*o, home, line);
  });
}

}  // namespace strata
