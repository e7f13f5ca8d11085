#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "models/cli/choose.h"
#include "models/cli/command.h"
#include "models/cli/finding.h"
#include "models/cli/manifest.h"
#include "models/cli/places.h"
#include "models/cli/play.h"
#include "models/cli/progress.h"
#include "models/cli/results.h"
#include "models/cli/text_table.h"

namespace strata {
namespace {

struct Options {
  std::string scenario;
  std::vector<std::string> stacks;
  std::vector<std::string> sets;
  int jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::optional<std::int64_t> seed;
  std::optional<int> trials;
  std::string out;
  std::string traces;
  bool json = false;
  bool no_figures = false;
};

/// With fewer draws their 5th and 95th percentiles say nothing.
constexpr std::size_t kLeastDraws = 20;

std::string with_range(const Answer& a) {
  if (a.draws.size() < kLeastDraws || a.low == a.high) return compact(a.value, 4);
  return fmt::format("{} [{} .. {}]", compact(a.value, 4), compact(a.low, 3), compact(a.high, 3));
}

/// The statistic a table shows for a metric.
const Answer* shown(const CellResult& cell, const std::string& metric, int instances = 0) {
  for (const char* statistic : {"median", "value", "mean", "max"})
    if (const Answer* a = cell.find(metric, statistic, instances)) return a;
  return nullptr;
}

void print_table(const Played& played) {
  const Scenario& s = played.scenario;
  std::vector<std::string> header = {"stack"};
  const bool machines = s.machines.size() > 1, workloads = s.workloads.size() > 1;
  const bool loads = s.parallel.size() > 1 || s.burst.size() > 1;
  if (machines) header.emplace_back("machine");
  if (workloads) header.emplace_back("workload");
  if (loads) header.emplace_back(s.burst.empty() ? "parallel" : "burst");
  std::vector<std::pair<std::string, int>> columns;
  for (const std::string& metric : s.table.empty() ? s.metrics : s.table) {
    std::vector<int> instances = {0};  // a metric has one answer, or one for each number of them
    instances.insert(instances.end(), s.instances.begin(), s.instances.end());
    for (const int n : instances) {
      const bool any = std::any_of(played.cells.begin(), played.cells.end(),
                                   [&](const auto& c) { return shown(c, metric, n); });
      if (!any) continue;
      columns.emplace_back(metric, n);
      const std::string unit = unit_of(metric);
      header.push_back(metric + (n > 0 ? fmt::format("({})", n) : "") +
                       (unit == "1" ? "" : " " + unit));
    }
  }
  TextTable table(header);
  for (const CellResult& cell : played.cells) {
    std::vector<std::string> row = {cell.files.stack->id};
    if (machines) row.push_back(cell.files.machine->id);
    if (workloads) row.push_back(cell.files.workload ? cell.files.workload->id : "");
    if (loads)
      row.push_back(std::to_string(std::max(cell.files.cell.parallel, cell.files.cell.burst)));
    for (const auto& [metric, n] : columns) {
      const Answer* a = shown(cell, metric, n);
      row.push_back(a ? with_range(*a) : "-");
    }
    table.row(std::move(row));
  }
  std::cout << table.print();
}

void print_against(const Played& played) {
  if (played.against.empty() && played.not_compared.empty()) return;
  std::cout << "\nagainst published rows (nothing was fitted to them)\n";
  TextTable table(
      {"stack", "parallel", "metric", "statistic", "model", "published", "error", "row"});
  for (const Against& a : played.against)
    table.row({a.stack, std::to_string(std::max(1, a.parallel)), a.metric, a.statistic,
               with_range(a.ours), fmt::format("{:.4g} {}", a.published, a.unit),
               fmt::format("{:+.1f} %", 100 * a.error()), a.id});
  if (!played.against.empty()) std::cout << table.print();
  if (!played.not_compared.empty())
    std::cout << fmt::format("{} rows of these tables have no counterpart in this run\n",
                             played.not_compared.size());
}

void print_assumed(const Played& played) {
  std::map<std::string, std::pair<double, double>> shares;
  for (const CellResult& cell : played.cells)
    for (const auto& [metric, share] : cell.assumed) {
      auto [it, fresh] = shares.try_emplace(metric, share, share);
      it->second = {std::min(it->second.first, share), std::max(it->second.second, share)};
    }
  if (shares.empty()) return;
  std::vector<std::string> parts;
  for (const auto& [metric, share] : shares)
    parts.push_back(
        fmt::format("{} {:.0f} to {:.0f} %", metric, 100 * share.first, 100 * share.second));
  std::cout << fmt::format("\nresting on assumed numbers, by stack: {}\n", fmt::join(parts, ", "));
}

nlohmann::ordered_json to_json(const Played& played, const std::filesystem::path& folder) {
  nlohmann::ordered_json out;
  out["scenario"] = played.scenario.id;
  out["question"] = played.scenario.question;
  out["seed"] = played.scenario.seed;
  out["trials"] = played.scenario.trials;
  out["answers"] = nlohmann::ordered_json::array();
  for (const CellResult& cell : played.cells)
    for (const auto& [key, a] : cell.answers)
      out["answers"].push_back({{"stack", cell.files.stack->id},
                                {"machine", cell.files.machine->id},
                                {"workload", cell.files.workload ? cell.files.workload->id : ""},
                                {"accel", accel_of(*cell.files.stack, cell.files.machine->accel)},
                                {"parallel", cell.files.cell.parallel},
                                {"burst", cell.files.cell.burst},
                                {"instances", key.instances},
                                {"metric", key.metric},
                                {"statistic", key.statistic},
                                {"value", a.value},
                                {"low", a.low},
                                {"high", a.high},
                                {"unit", unit_of(key.metric)}});
  out["against"] = nlohmann::ordered_json::array();
  for (const Against& a : played.against)
    out["against"].push_back({{"row", a.id},
                              {"stack", a.stack},
                              {"machine", a.machine},
                              {"metric", a.metric},
                              {"statistic", a.statistic},
                              {"parallel", a.parallel},
                              {"model", a.ours.value},
                              {"low", a.ours.low},
                              {"high", a.ours.high},
                              {"published", a.published},
                              {"error", a.error()},
                              {"unit", a.unit}});
  out["not_compared"] = played.not_compared;
  out["findings"] = findings(played);
  for (const CellResult& cell : played.cells)
    for (const std::string& failure : cell.failures) out["failures"].push_back(failure);
  out["folder"] = folder.string();
  return out;
}

void print_text(const Played& played) {
  std::cout << played.scenario.question << "\n\n";
  print_table(played);
  if (played.scenario.trials >= static_cast<int>(kLeastDraws))
    std::cout << fmt::format(
        "value at stated parameters [5 % .. 95 % of {} draws from their ranges]\n",
        played.scenario.trials);
  print_against(played);
  std::cout << "\n";
  for (const std::string& finding : findings(played)) std::cout << finding << "\n";
  print_assumed(played);
}

void run(const Options& o, Home& home, const std::string& command_line) {
  const auto begin = std::chrono::steady_clock::now();
  Catalog& catalog = home.catalog();
  Scenario scenario = scenario_of(catalog, o.scenario);
  if (scenario.fleet)
    throw WrongInput(
        fmt::format("{}: asks about a fleet: strata fleet {}", o.scenario, o.scenario));
  if (!o.stacks.empty()) scenario.stacks = o.stacks;
  for (const std::string& text : o.sets) set_axis(scenario, text);
  if (o.seed) scenario.seed = static_cast<std::uint64_t>(*o.seed);
  if (o.trials) scenario.trials = *o.trials;

  const char* env = std::getenv("STRATA_TRACES");
  std::vector<Arrival> arrivals;
  if (!scenario.trace.empty())
    arrivals = arrivals_of(catalog, scenario, !o.traces.empty() ? o.traces : env ? env : "");
  const auto cells = cells_of(catalog, scenario, scenario.trace.empty() ? nullptr : &arrivals);

  const std::filesystem::path folder =
      o.out.empty() ? results_folder(catalog.home) / scenario.id : std::filesystem::path(o.out);
  require_writable(folder);

  Played played;
  {
    Progress progress(scenario.id, static_cast<int>(cells.size()) * (scenario.trials + 1));
    played = play(scenario, cells, catalog.published, o.jobs,
                  [&](int done, int) { progress.done(done); });
  }
  write_results(played, folder);
  const std::string figures = o.no_figures ? "" : draw_figures(folder, catalog.home);

  std::vector<std::filesystem::path> named;
  for (const std::string& stack : scenario.stacks)
    if (stack.ends_with(".toml")) named.emplace_back(std::filesystem::absolute(stack));
  for (const auto* more : {&home.more_stacks, &home.more_workloads})
    for (const std::filesystem::path& own : *more)
      for (const auto& entry : std::filesystem::recursive_directory_iterator(own))
        if (entry.path().extension() == ".toml") named.push_back(absolute(entry.path()));
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  const RunFacts facts{command_line,  scenario.id, inputs_hash(catalog.home, named),
                       scenario.seed, o.jobs,      wall.count()};
  write_whole(folder / "manifest.json", manifest(facts, catalog.home).dump(2) + "\n");

  int failed = 0;
  for (const CellResult& cell : played.cells)
    for (const std::string& failure : cell.failures) {
      if (++failed <= 10) std::cerr << failure << "\n";
    }
  if (o.json) {
    std::cout << to_json(played, folder).dump(2) << "\n";
  } else {
    print_text(played);
    std::cout << fmt::format(
        "\nwritten to {}: results.csv, manifest.json{}\n{}", folder.string(),
        chrome_trace(played).empty() ? "" : ", boot-timeline.json (opens in Perfetto)", figures);
    const std::string first = cells.front().stack->id, last = cells.back().stack->id;
    std::cout << fmt::format("next: strata explain {} packet_send", last);
    if (first != last) std::cout << fmt::format(", or strata compare {} {}", first, last);
    std::cout << "\n";
  }
  if (failed > 0)
    throw std::runtime_error(fmt::format("{} trials failed; their rows say why", failed));
}

}  // namespace

void add_run(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand("run", "play a scenario: table, CSV, manifest, figures");
  auto o = std::make_shared<Options>();
  command->add_option("SCENARIO", o->scenario, "id (strata list scenarios) or file")->required();
  command->add_option("--stack", o->stacks,
                      "play these stacks (ids or files) instead of the scenario's");
  command->add_option("--set", o->sets, "axis=value[,value...]: replace an axis of the scenario");
  command->add_option("--trials", o->trials, "parameter draws beside the run at stated values")
      ->check(CLI::Range(0, 1000000));
  command->add_option("--jobs,-j", o->jobs, "trials at a time; never changes a result")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_option("--seed", o->seed, "of all random streams")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
  command->add_option("--out", o->out, "folder to write to (default results/local/SCENARIO)");
  command->add_option("--traces", o->traces, "folder of recorded workloads (or STRATA_TRACES)");
  command->add_flag("--json", o->json, "the answers for programs, instead of tables");
  command->add_flag("--no-figures", o->no_figures, "draw nothing");
  command->callback([o, &home] {
    std::string line = "strata run " + o->scenario;
    for (const std::string& stack : o->stacks) line += " --stack " + stack;
    for (const std::string& set : o->sets) line += " --set " + set;
    for (const auto& folder : home.more_stacks) line += " --stacks " + folder.string();
    for (const auto& folder : home.more_workloads) line += " --workloads " + folder.string();
    if (o->trials) line += fmt::format(" --trials {}", *o->trials);
    if (o->seed) line += fmt::format(" --seed {}", *o->seed);
    run(*o, home, line);
  });
}

}  // namespace strata
