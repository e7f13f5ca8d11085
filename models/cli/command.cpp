#include "models/cli/command.h"

#include <fmt/format.h>

#include "models/cli/plugins.h"
#include "models/fleet/policies.h"
#include "models/layers/models.h"

namespace strata {
namespace {

std::string joined(Issues issues) {
  sort(issues);
  std::string text;
  for (const Issue& issue : issues) text += print(issue) + "\n";
  if (!text.empty()) text.pop_back();
  return text;
}

bool is_path(const std::string& id) {
  return id.find('/') != std::string::npos || id.ends_with(".toml");
}

/// Looks an id up in one map of the catalog; a path is read first.
template <class T>
const T& look_up(Catalog& catalog, std::map<std::string, T>& map, const std::string& id,
                 FileKind kind) {
  std::string key = id;
  if (is_path(id)) {
    // A second thing of that name would take the place of the first without a word.
    const std::string stem = std::filesystem::path(id).stem().string();
    const auto known = map.find(stem);
    std::error_code none;
    if (known != map.end()) {
      const std::filesystem::path there = known->second.place.file;
      if (std::filesystem::equivalent(id, catalog.home / there, none) ||
          std::filesystem::equivalent(id, there, none))
        return known->second;
      throw WrongInput(fmt::format("{}: '{}' is already the name of a {} ({}); rename the file", id,
                                   stem, name(kind), there.string()));
    }
    Issues issues;
    const auto found = read_file(id, catalog, issues);
    if (!issues.empty()) throw WrongInput(issues);
    if (found != kind)
      throw WrongInput(fmt::format("{}: is a {}, not a {}", id, name(*found), name(kind)));
    key = std::filesystem::path(id).stem().string();
  }
  if (const Issues* wrong = broken(catalog, kind, key); wrong && !is_path(id))
    throw WrongInput(*wrong);
  const auto it = map.find(key);
  if (it != map.end()) return it->second;
  throw WrongInput(fmt::format("'{}' is no {}{}", id, name(kind), suggest(id, ids(map), 60)));
}

}  // namespace

WrongInput::WrongInput(const Issues& issues) : std::runtime_error(joined(issues)) {}

Catalog& Home::catalog() {
  if (!catalog_) {
    if (!std::filesystem::is_directory(path_ / "stacks"))
      throw WrongInput(fmt::format(
          "{}: holds no folder stacks/; set STRATA_HOME to a checkout of Strata", path_.string()));
    catalog_ = std::make_unique<Catalog>();
    catalog_->models = layer_models();
    catalog_->policies = placement_policies();
    read_home(path_, *catalog_);
    add_stacks(*catalog_);
    add_workloads(*catalog_);
    Issues issues;
    for (const auto& folder : more_stacks) read_more_stacks(folder, *catalog_, issues);
    for (const auto& folder : more_workloads) read_more_workloads(folder, *catalog_, issues);
    if (!issues.empty()) throw WrongInput(issues);
  }
  return *catalog_;
}

const StackFile& stack_of(Catalog& catalog, const std::string& id) {
  return look_up(catalog, catalog.stacks, id, FileKind::stack);
}

const WorkloadFile& workload_of(Catalog& catalog, const std::string& id) {
  if (const auto op = parse_op(id); op && *op <= Op::ipc && !catalog.workloads.contains(id))
    catalog.workloads.emplace(id, single(*op));
  if (!is_path(id) && !catalog.workloads.contains(id) && !broken(catalog, FileKind::workload, id)) {
    auto known = ids(catalog.workloads);
    known.insert(known.begin(), op_names().begin(),
                 op_names().begin() + static_cast<int>(Op::ipc) + 1);
    throw WrongInput(fmt::format("'{}' is no workload and nothing an application asks for{}", id,
                                 suggest(id, known, 60)));
  }
  return look_up(catalog, catalog.workloads, id, FileKind::workload);
}

const Scenario& scenario_of(Catalog& catalog, const std::string& id) {
  return look_up(catalog, catalog.scenarios, id, FileKind::scenario);
}

const ClaimFile& claim_of(Catalog& catalog, const std::string& id) {
  return look_up(catalog, catalog.claims, id, FileKind::claim);
}

const MachineFile& machine_of(const Catalog& catalog, const std::string& id) {
  if (const Issues* wrong = broken(catalog, FileKind::machine, id)) throw WrongInput(*wrong);
  Issues issues;
  const MachineFile* machine = find_machine(catalog, id, issues);
  if (!machine) throw WrongInput(issues);
  return *machine;
}

}  // namespace strata
