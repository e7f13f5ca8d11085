#include "models/study/catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/study/numbers.h"
#include "models/study/reader.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

/// Every key a source cites must be a published row or stand in sources.toml.
void check_citation(const Source& source, const std::string& path, const Published& published,
                    Issues& issues) {
  if (source.evidence != Evidence::cited || source.key.empty()) return;
  if (published.rows.contains(source.key) || published.sources.contains(source.key)) return;
  issues.push_back(
      {{source.file, source.line, 1},
       path,
       fmt::format("cites '{}', which is neither a published row nor a key of sources.toml{}",
                   source.key, suggest(source.key, ids(published.sources), 60))});
}

/// Looks at every number of a tree for citations nobody can follow.
void check_citations(const Node& node, const Published& published, Issues& issues) {
  if (node.find("from") && node.find("value")) {
    Issues ignored;
    if (const auto n = read_number(node, ignored))
      check_citation(n->source, node.path, published, issues);
    return;
  }
  if (const auto* table = node.table())
    for (const auto& member : *table) check_citations(member.second, published, issues);
}

/// The .toml files of a folder, by name.
std::vector<fs::path> toml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// How messages and ids name a file: within the project from its root, else as it was given. So a
/// number has one id whichever way its file was named.
std::string shown_as(const fs::path& file, const fs::path& home) {
  std::error_code none;
  const fs::path whole = fs::weakly_canonical(file, none);
  const fs::path root = fs::weakly_canonical(home, none);
  const fs::path inside = whole.lexically_relative(root);
  const bool within = !inside.empty() && *inside.begin() != "..";
  return within ? inside.string() : file.lexically_normal().string();
}

/// A file's tree, with the overlay laid upon it.
std::optional<Node> read_tree(const fs::path& file, const std::string& shown, Catalog& catalog,
                              Issues& issues) {
  auto tree = read_toml(file, shown, issues);
  if (tree) lay(*tree, catalog.overlay, catalog.laid);
  return tree;
}

/// A stack's, a layer's or a machine's tree with its `based_on` beneath it. One step only: the base
/// stands on its own. Numbers of the base keep its file, hence their ids: who shares them shares
/// their draws.
std::optional<Node> on_its_base(const Node& own, const fs::path& file, Catalog& catalog,
                                const std::string& folder, Issues& issues) {
  const fs::path& home = catalog.home;
  const Node* base_id = own.find("based_on");
  const auto* id = base_id ? std::get_if<std::string>(&base_id->value) : nullptr;
  if (!id) return own;
  fs::path base_file = file.parent_path() / (*id + ".toml");
  if (!fs::exists(base_file)) base_file = home / folder / (*id + ".toml");
  if (!fs::exists(base_file)) {
    std::vector<std::string> known;
    for (const fs::path& other : toml_files(home / folder))
      if (other.stem() != file.stem()) known.push_back(other.stem().string());
    issues.push_back(
        {base_id->place, base_id->path,
         fmt::format("'{}' is no file in {}{}", *id, folder, suggest(*id, known, 60))});
    return {};
  }
  const auto base = read_tree(base_file, shown_as(base_file, home), catalog, issues);
  if (!base) return {};
  if (base->find("based_on")) {
    issues.push_back({base_id->place, base_id->path,
                      fmt::format("'{}' is itself based on another: one step only, so name what "
                                  "differs from that one",
                                  *id)});
    return {};
  }
  Node below = *base;
  std::erase_if(*below.table(), [](const auto& m) {
    return m.first == "about" || m.first == "real" || m.first == "aliases";
  });
  Node merged = merge(below, own);
  merged.place = own.place;
  return merged;
}

std::optional<FileKind> guess(const Node& node) {
  if (node.find("claim")) return FileKind::claim;
  if (node.find("axes") || node.find("question")) return FileKind::scenario;
  if (node.find("model") || node.find("account") || node.find("parameters")) return FileKind::layer;
  if (node.find("crossings") || node.find("cores") || node.find("launcher"))
    return FileKind::machine;
  if (node.find("order") || node.find("based_on")) return FileKind::stack;
  if (node.find("unit") || node.find("ops")) return FileKind::workload;
  if (node.find("layers")) return FileKind::stack;
  if (node.find("server_usd")) return FileKind::costs;
  return {};
}

/// The same of a file's tree: what stands on a file beside it is what that one is.
std::optional<FileKind> guess(const Node& node, const fs::path& file) {
  const Node* base_id = node.find("based_on");
  if (const auto* id = base_id ? std::get_if<std::string>(&base_id->value) : nullptr) {
    const fs::path base_file = file.parent_path() / (*id + ".toml");
    Issues of_base;  // told where the base is laid beneath
    if (const auto base = read_toml(base_file, base_file.string(), of_base)) return guess(*base);
  }
  return guess(node);
}

void read_layer_alone(const Node& node, const std::string& id, const Catalog& catalog,
                      Issues& issues) {
  const std::size_t before = issues.size();
  LayerFile layer = read_layer(node, id, issues);
  if (issues.size() == before) complete(layer, catalog.models, issues);
}

void add(FileKind kind, const Node& node, const fs::path& file, Catalog& catalog, Issues& issues) {
  const std::string id = file.stem().string();
  const std::size_t before = issues.size();
  const auto clean = [&] { return issues.size() == before; };
  check_citations(node, catalog.published, issues);
  switch (kind) {
    case FileKind::layer: {
      const auto whole = on_its_base(node, file, catalog, "stacks/layers", issues);
      if (!whole) break;
      read_layer_alone(*whole, id, catalog, issues);
      catalog.layers.insert_or_assign(id, *whole);  // kept even if broken: its stacks report it
      break;
    }
    case FileKind::machine: {
      const auto whole = on_its_base(node, file, catalog, "stacks/machines", issues);
      if (!whole) break;
      auto machine = read_machine(*whole, id, issues);
      if (clean()) catalog.machines.insert_or_assign(id, std::move(machine));
      break;
    }
    case FileKind::workload: {
      auto read = read_workloads(node, id, issues);
      if (!clean()) break;
      for (WorkloadFile& workload : read)
        catalog.workloads.insert_or_assign(workload.id, std::move(workload));
      break;
    }
    case FileKind::costs: {
      auto costs = read_costs(node, id, issues);
      if (clean()) catalog.costs.insert_or_assign(id, std::move(costs));
      break;
    }
    case FileKind::scenario: {
      // Kept even with mistakes, so that `check` can look at its names as well; `broken` tells.
      catalog.scenarios.insert_or_assign(id, read_scenario(node, id, issues));
      break;
    }
    case FileKind::claim: {  // likewise
      catalog.claims.insert_or_assign(id, read_claim(node, id, issues));
      break;
    }
    case FileKind::stack: {
      const auto whole = on_its_base(node, file, catalog, "stacks", issues);
      if (!whole) break;
      const auto source = [&](const std::string& use) -> const Node* {
        const auto it = catalog.layers.find(use);
        return it == catalog.layers.end() ? nullptr : &it->second;
      };
      auto stack = read_stack(*whole, id, source, ids(catalog.layers), issues);
      // A layer with mistakes of its own would only repeat them as things missing.
      if (clean())
        for (StackLayer& layer : stack.layers) complete(layer.layer, catalog.models, issues);
      for (const NamedNumber& n : numbers(stack))
        check_citation(n.number.source, n.layer + "." + n.what, catalog.published, issues);
      if (clean()) catalog.stacks.insert_or_assign(id, std::move(stack));
      break;
    }
  }
}

void read_folder(const fs::path& folder, const std::string& shown_folder, FileKind kind,
                 Catalog& catalog) {
  catalog.folders[kind].push_back(shown_folder);
  for (const auto& file : toml_files(folder)) {
    const std::string shown = shown_folder + "/" + file.filename().string();
    Issues issues;
    if (const auto node = read_tree(file, shown, catalog, issues))
      add(kind, *node, file, catalog, issues);
    if (!issues.empty()) catalog.broken[shown] = issues;
  }
}

bool knows(const Catalog& catalog, FileKind kind, const std::string& id) {
  switch (kind) {
    case FileKind::layer:
      return catalog.layers.contains(id);
    case FileKind::machine:
      return catalog.machines.contains(id);
    case FileKind::workload:
      return catalog.workloads.contains(id);
    case FileKind::scenario:
      return catalog.scenarios.contains(id);
    case FileKind::claim:
      return catalog.claims.contains(id);
    case FileKind::costs:
      return catalog.costs.contains(id);
    case FileKind::stack:
      return catalog.stacks.contains(id);
  }
  return false;
}

/// A part of a folder of stacks or workloads: "" is the folder itself.
struct Part {
  std::string below;
  FileKind kind;
};
const std::vector<Part> kStackParts = {
    {"machines", FileKind::machine}, {"layers", FileKind::layer}, {"", FileKind::stack}};
const std::vector<Part> kWorkloadParts = {{"", FileKind::workload},
                                          {"costs", FileKind::costs},
                                          {"scenarios", FileKind::scenario},
                                          {"scenarios/claims", FileKind::claim}};

void read_parts(const std::string& folder, const std::vector<Part>& parts, Catalog& catalog) {
  for (const Part& part : parts) {
    const std::string below = part.below.empty() ? folder : folder + "/" + part.below;
    read_folder(catalog.home / below, below, part.kind, catalog);
  }
}

void read_more(const fs::path& folder, const char* what, const std::vector<Part>& parts,
               Catalog& catalog, Issues& issues) {
  std::size_t found = 0;
  for (const Part& part : parts) {
    const fs::path below = part.below.empty() ? folder : folder / part.below;
    const auto files = toml_files(below);
    found += files.size();
    for (const fs::path& file : files) {
      const std::string id = file.stem().string();
      if (knows(catalog, part.kind, id) || broken(catalog, part.kind, id))
        issues.push_back({{file.string()},
                          "",
                          fmt::format("'{}' is already the name of a {}; rename the file", id,
                                      name(part.kind))});
    }
  }
  if (found == 0)
    issues.push_back({{folder.string()},
                      "",
                      fmt::format("is no folder with a file of a {} (NAME.toml) in it", what)});
  if (!issues.empty()) return;
  for (const Part& part : parts) {
    const fs::path below = part.below.empty() ? folder : folder / part.below;
    read_folder(below, shown_as(below, catalog.home), part.kind, catalog);
  }
}

}  // namespace

std::string_view name(FileKind kind) {
  constexpr std::string_view kNames[] = {"stack",    "layer", "machine",      "workload",
                                         "scenario", "claim", "file of costs"};
  return kNames[static_cast<int>(kind)];
}

void read_home(const fs::path& home, Catalog& catalog) {
  catalog.home = home;
  Issues issues;
  catalog.published = read_published(home / "results" / "published", "results/published", issues);
  if (!issues.empty()) catalog.broken["results/published"] = issues;
  read_parts("stacks", kStackParts, catalog);
  read_parts("workloads", kWorkloadParts, catalog);
}

void read_more_stacks(const fs::path& folder, Catalog& catalog, Issues& issues) {
  read_more(folder, "stack", kStackParts, catalog, issues);
}

void read_more_workloads(const fs::path& folder, Catalog& catalog, Issues& issues) {
  read_more(folder, "workload or scenario", kWorkloadParts, catalog, issues);
}

const Issues* broken(const Catalog& catalog, FileKind kind, const std::string& id) {
  const auto folders = catalog.folders.find(kind);
  if (folders == catalog.folders.end()) return nullptr;
  for (const std::string& folder : folders->second)
    if (const auto it = catalog.broken.find(folder + "/" + id + ".toml");
        it != catalog.broken.end())
      return &it->second;
  return nullptr;
}

std::optional<FileKind> read_file(const fs::path& file, Catalog& catalog, Issues& issues) {
  const std::string shown = shown_as(file, catalog.home);
  const auto node = read_tree(file, shown, catalog, issues);
  if (!node) return {};
  const auto kind = guess(*node, file);
  if (!kind) {
    issues.push_back({{file.string()},
                      "",
                      "is none of the files Strata knows: a stack has `order` (or `based_on`) and "
                      "[layers.NAME], a layer `model`, "
                      "a machine `cores` and [crossings], a workload `unit` and [ops], a scenario "
                      "`question` and [axes], a claim `claim` and [[rule]], a file of costs "
                      "`server_usd`"});
    return {};
  }
  add(*kind, *node, file, catalog, issues);
  return kind;
}

const MachineFile* find_machine(const Catalog& catalog, const std::string& id, Issues& issues) {
  const auto it = catalog.machines.find(id);
  if (it != catalog.machines.end()) return &it->second;
  for (const auto& [key, machine] : catalog.machines)
    if (std::find(machine.aliases.begin(), machine.aliases.end(), id) != machine.aliases.end())
      return &machine;
  issues.push_back(
      {{},
       "machine",
       fmt::format("'{}' is no machine{}", id, suggest(id, ids(catalog.machines), 60))});
  return nullptr;
}

}  // namespace strata
