#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "models/claims/play.h"
#include "models/cli/command.h"
#include "models/layers/boot.h"
#include "models/layers/stack_model.h"

namespace strata {
namespace {

/// A stack is sound when every operation an application may ask of it ends somewhere, on every
/// machine whose virtualization it can run under.
void check_stack(const Catalog& catalog, const StackFile& stack, Issues& issues) {
  for (const auto& [id, machine] : catalog.machines) {
    for (int o = 0; o <= static_cast<int>(Op::ipc); ++o) {
      Issues found;
      const WorkloadFile workload = single(static_cast<Op>(o));
      StackModel model(stack, machine, workload, found);
      // An application need not be able to do everything (a unikernel has no other process).
      const bool unserved = !found.empty() && model.nodes().size() == 1 && found.size() == 1 &&
                            found[0].message.find("app asks for") != std::string::npos;
      if (!unserved) issues.insert(issues.end(), found.begin(), found.end());
    }
  }
  check_boot(stack, issues);
}

/// The names a scenario uses must be known; a list's item is complained about where it stands.
void check_scenario(Catalog& catalog, const Scenario& scenario, Issues& issues) {
  const auto note = [&](const std::string& path, const std::string& text,
                        const std::string& message) {
    const auto item = scenario.places.find(path + ": " + text), key = scenario.places.find(path);
    const Place& place = item != scenario.places.end()  ? item->second
                         : key != scenario.places.end() ? key->second
                                                        : scenario.place;
    issues.push_back({place, path, message});
  };
  for (const std::string& id : scenario.stacks)
    if (!catalog.stacks.contains(id))
      note("axes.stack", id,
           fmt::format("'{}' is no stack{}", id, suggest(id, ids(catalog.stacks), 60)));
  for (const std::string& id : scenario.machines) {
    Issues found;
    if (!find_machine(catalog, id, found)) note("axes.machine", id, found[0].message);
  }
  const auto operation = [](const std::string& id) {  // a workload of that operation alone
    const auto op = parse_op(id);
    return op && *op <= Op::ipc;
  };
  for (const std::string& id : scenario.workloads)
    if (!catalog.workloads.contains(id) && !operation(id))
      note("axes.workload", id,
           fmt::format("'{}' is no workload{}", id, suggest(id, ids(catalog.workloads), 60)));
  if (!scenario.trace.empty() && !catalog.traces.contains(scenario.trace))
    note("run.trace", "",
         fmt::format("'{}' is no trace format{}", scenario.trace,
                     suggest(scenario.trace, ids(catalog.traces))));
  if (scenario.fleet) {
    const FleetQuestion& fleet = *scenario.fleet;
    const auto known = [&](const std::string& key, const std::string& text, const char* what,
                           const std::vector<std::string>& all) {
      const std::string id = text.substr(0, text.find(':'));
      if (!text.empty() && std::find(all.begin(), all.end(), id) == all.end())
        note("fleet." + key, text, fmt::format("'{}' is no {}{}", id, what, suggest(id, all, 60)));
    };
    known("trace", fleet.trace, "format of function calls", ids(catalog.invocations));
    known("policy", fleet.policy, "placement policy", ids(catalog.policies));
    known("costs", fleet.costs, "file of costs", ids(catalog.costs));
    for (const std::string& keep : fleet.keep_alive)
      known("keep_alive", keep, "keep-alive policy", ids(catalog.keep_alives));
  }
  const auto tables = published_tables(catalog.published);
  for (const std::string& table : scenario.published)
    if (std::find(tables.begin(), tables.end(), table) == tables.end())
      note("run.published", table,
           fmt::format("'{}' is no published table{}", table, suggest(table, tables, 60)));
}

void check_file(Catalog& catalog, const std::string& file, Issues& issues) {
  const auto kind = read_file(file, catalog, issues);
  const std::string id = std::filesystem::path(file).stem().string();
  if (!kind) return;
  if (*kind == FileKind::stack && issues.empty())
    check_stack(catalog, catalog.stacks.at(id), issues);
  if (*kind == FileKind::claim) {
    check_rules(catalog.claims.at(id), issues);
    check_play(catalog.claims.at(id), catalog, issues);
    check_scenario(catalog, catalog.claims.at(id).experiment, issues);
  }
  if (*kind == FileKind::scenario) check_scenario(catalog, catalog.scenarios.at(id), issues);
  if (issues.empty()) std::cout << fmt::format("{}: a {} without mistakes\n", file, name(*kind));
}

void check_all(Catalog& catalog, Issues& issues) {
  for (const auto& [file, found] : catalog.broken)
    issues.insert(issues.end(), found.begin(), found.end());
  for (const auto& [id, stack] : catalog.stacks) check_stack(catalog, stack, issues);
  for (const auto& [id, scenario] : catalog.scenarios) check_scenario(catalog, scenario, issues);
  for (const auto& [id, claim] : catalog.claims) {
    check_rules(claim, issues);
    check_play(claim, catalog, issues);
    check_scenario(catalog, claim.experiment, issues);
  }
  if (issues.empty())
    std::cout << fmt::format(
        "{} stacks, {} layers, {} machines, {} workloads, {} scenarios, {} claims: no mistakes\n",
        catalog.stacks.size(), catalog.layers.size(), catalog.machines.size(),
        catalog.workloads.size(), catalog.scenarios.size(), catalog.claims.size());
}

}  // namespace

void add_check(CLI::App& app, Home& home) {
  auto* command =
      app.add_subcommand("check", "every mistake in files, with line, column and what is known");
  auto files = std::make_shared<std::vector<std::string>>();
  command->add_option(
      "FILE", *files,
      "stack, layer, machine, workload, scenario or claim files; none: all of Strata's own");
  command->callback([files, &home] {
    Catalog& catalog = home.catalog();
    Issues all;
    if (files->empty()) check_all(catalog, all);
    for (const std::string& file : *files) {
      Issues issues;
      check_file(catalog, file, issues);
      all.insert(all.end(), issues.begin(), issues.end());
    }
    if (!all.empty()) throw WrongInput(all);
  });
}

}  // namespace strata
