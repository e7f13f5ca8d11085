#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "models/cli/command.h"
#include "models/cli/places.h"
#include "models/cli/text_table.h"
#include "real-harness/owned/owned.h"
#include "real-harness/runner.h"

namespace strata {
namespace {

void print_runners(bool json) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  TextTable table({"stack", "accel", "can run", "how, or why not"});
  table.left(4);
  for (const auto& runner : runners(probe_guest())) {
    const auto reason = runner->cannot();
    all.push_back({{"stack", runner->stack()},
                   {"accel", runner->accel()},
                   {"can_run", !reason},
                   {"about", runner->about()},
                   {"why_not", reason ? nlohmann::ordered_json(*reason) : nullptr}});
    table.row({runner->stack(), runner->accel(), reason ? "no" : "yes",
               reason ? *reason : runner->about()});
  }
  std::cout << (json ? all.dump(2) + "\n" : table.print());
}

}  // namespace

void add_probe(CLI::App& app) {
  auto* command = app.add_subcommand(
      "probe", "what this machine can run for real, found by trying, and why not the rest");
  auto clean = std::make_shared<bool>(false);
  auto json = std::make_shared<bool>(false);
  command->add_flag("--clean", *clean, "only remove what killed measurements left behind");
  command->add_flag("--json", *json, "for programs");
  command->callback([clean, json] {
    if (!*clean) return print_runners(*json);
    const auto removed = clean_leftovers();
    for (const std::string& line : removed) std::cout << "removed " << line << "\n";
    if (removed.empty()) std::cout << "Nothing was left behind.\n";
  });
}

}  // namespace strata
