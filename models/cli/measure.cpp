#include "real-harness/measure.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "build_info.h"
#include "models/base/random.h"
#include "models/cli/command.h"
#include "models/cli/progress.h"
#include "models/cli/results.h"
#include "models/cli/text_table.h"
#include "real-harness/host.h"
#include "real-harness/statistics.h"

namespace strata {
namespace {

/// A measurement during which more of the time than this was stolen is marked as disturbed.
constexpr double kStealLimit = 0.02;

struct Options {
  std::vector<std::string> stacks, metrics;
  std::string machine, out;
  int trials = 0;
  bool quick = false;
};

/// The items whose names were asked for, all when none was; WrongInput names an unknown one.
template <class T, class Name>
std::vector<T> chosen(std::vector<T> all, const std::vector<std::string>& asked, const char* what,
                      Name name) {
  std::vector<std::string> known;
  for (const T& item : all) known.push_back(name(item));
  for (const std::string& id : asked)
    if (std::find(known.begin(), known.end(), id) == known.end())
      throw WrongInput(fmt::format("'{}' is no {}{}", id, what, suggest(id, known)));
  if (asked.empty()) return all;
  std::erase_if(all, [&](const T& item) {
    return std::find(asked.begin(), asked.end(), name(item)) == asked.end();
  });
  return all;
}

std::string default_machine() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return fmt::format("local_{:08x}", hash(name.data()) & 0xffffffff);
}

std::string check_machine(const std::string& id) {
  const bool fine = !id.empty() && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
  if (!fine) throw WrongInput("--machine-name: letters, digits, _ and - only, as in lab_3");
  return id;
}

/// Medians by metric and stack, in the order in which metrics and stacks first appear.
std::string summary(const std::vector<Record>& records) {
  using Key = std::pair<std::string, std::string>;
  std::vector<std::string> metrics, stacks;
  std::map<Key, std::vector<double>> samples;
  std::map<Key, int> failed;
  std::map<std::string, std::string> units;
  const auto note = [](std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const Record& r : records) {
    note(metrics, r.metric);
    note(stacks, r.stack);
    units[r.metric] = r.unit;
    const Key key(r.metric, r.stack);
    if (r.outcome == "ok") {
      samples[key].push_back(r.value);
    } else if (r.outcome != "warm-up") {
      ++failed[key];
    }
  }
  std::vector<Key> order;
  for (const std::string& metric : metrics)
    for (const std::string& stack : stacks)
      if (samples.contains({metric, stack}) || failed.contains({metric, stack}))
        order.emplace_back(metric, stack);
  TextTable table(
      {"metric", "stack", "median", "95 % interval", "p10", "p99", "unit", "n", "failed"});
  table.left(2);
  for (const Key& key : order) {
    const auto& values = samples[key];
    std::vector<std::string> row = {key.first, key.second};
    if (values.empty()) {
      row.insert(row.end(), {"-", "-", "-", "-"});
    } else {
      const Median m = median_of(values, key.first + "/" + key.second);
      row.insert(row.end(), {compact(m.median, 3), compact(m.low, 3) + " to " + compact(m.high, 3),
                             compact(m.p10, 3), compact(m.p99, 3)});
    }
    row.insert(row.end(),
               {units[key.first], std::to_string(values.size()), std::to_string(failed[key])});
    table.row(row);
  }
  return table.print();
}

/// One sentence on the cells that were not measured in peace; nothing when all were.
std::string disturbances(const std::vector<MeasuredCell>& cells) {
  const auto count = std::count_if(cells.begin(), cells.end(),
                                   [](const MeasuredCell& cell) { return cell.disturbed(); });
  if (count == 0) return "";
  return fmt::format(
      "Disturbed: {} of {} cells; host.json names them. A reference loop beside them ran more than "
      "a tenth above its minimum: something else wants this machine.\n",
      count, cells.size());
}

/// The first reason of each stack and metric that failed.
std::string failures(const std::vector<Record>& records) {
  std::set<std::string> seen;
  std::string text;
  for (const Record& r : records)
    if (r.outcome != "ok" && r.outcome != "warm-up" && seen.insert(r.stack + r.metric).second)
      text += fmt::format("{} {}: {}\n", r.stack, r.metric, r.outcome);
  return text;
}

void run(const Options& o, const std::filesystem::path& home) {
  auto all = runners(STRATA_PROBE_GUEST);
  std::vector<Runner*> known;
  for (const auto& runner : all) known.push_back(runner.get());
  MeasurePlan plan;
  plan.machine = check_machine(o.machine.empty() ? default_machine() : o.machine);
  plan.probes = chosen(probes(o.quick), o.metrics, "metric that can be measured",
                       [](const Probe& p) { return p.metric; });
  const auto wanted =
      chosen(known, o.stacks, "stack with a runner", [](Runner* r) { return r->stack(); });
  plan.warm_ups = o.quick ? 1 : 2;
  plan.trials = o.trials > 0 ? o.trials : o.quick ? 10 : 30;

  const std::filesystem::path folder = o.out.empty()
                                           ? home / "results" / "local" / "measured" / plan.machine
                                           : std::filesystem::path(o.out);

  nlohmann::ordered_json host = {{"machine", plan.machine}, {"strata", STRATA_VERSION}};
  host["facts"] = host_facts();
  for (Runner* runner : wanted) {
    const auto reason = runner->cannot();
    host["stacks"][runner->stack()] = reason ? "cannot: " + *reason : runner->about();
    if (reason)
      std::cerr << fmt::format("{} is left out: {}\n", runner->stack(), *reason);
    else
      plan.runners.push_back(runner);
  }
  if (plan.runners.empty())
    throw std::runtime_error("none of these stacks can run here; see strata probe");

  std::filesystem::create_directories(
      folder);  // before the work, so that a wrong --out costs nothing
  const int total =
      (plan.warm_ups + plan.trials) * static_cast<int>(plan.probes.size() * plan.runners.size());
  host["before"] = host_state();
  Measurement found;
  {
    Progress progress("measuring", total);
    found = measure(plan, [&](int count) { progress.done(count); });
  }
  host["after"] = host_state();
  const double steal = steal_share(host["before"], host["after"]);
  host["steal_share"] = steal;
  for (const MeasuredCell& cell : found.cells)
    host["cells"].push_back({{"stack", cell.stack},
                             {"metric", cell.metric},
                             {"reference", cell.reference},
                             {"disturbed", cell.disturbed() || steal > kStealLimit}});

  std::ostringstream rows;
  write_csv(rows, found.records);
  write_whole(folder / "rows.csv", rows.str());
  write_whole(folder / "host.json", host.dump(2) + "\n");

  std::cout << summary(found.records) << failures(found.records) << disturbances(found.cells);
  if (host["facts"]["is_a_virtual_machine"] == true)
    std::cout << "This machine is itself a virtual machine: native here means beneath no guest of "
                 "ours.\n";
  if (steal > kStealLimit)
    std::cout << fmt::format(
        "Disturbed: {:.1f} % of the time was stolen by other machines on the same host.\n",
        100 * steal);
  std::cout << "written to " << folder.string() << "\n";
}

}  // namespace

void add_measure(CLI::App& app, const std::filesystem::path& home) {
  auto* command =
      app.add_subcommand("measure", "start real stacks on this machine and measure them");
  auto o = std::make_shared<Options>();
  command->add_option("--stack", o->stacks,
                      "measure this one (may be repeated; default: all that can run)");
  command->add_option("--metric", o->metrics, "measure this (may be repeated; default: all)");
  command->add_option("--trials", o->trials, "samples of each (default 30, quick 10)")
      ->check(CLI::Range(1, 100000));
  command->add_flag("--quick", o->quick, "fewer samples and shorter loops");
  command->add_option("--machine-name", o->machine,
                      "the machine's id in the rows (default: made from the host's name)");
  command->add_option("--out", o->out,
                      "folder to write to (default results/local/measured/MACHINE)");
  command->callback([o, home] { run(*o, home); });
}

}  // namespace strata
