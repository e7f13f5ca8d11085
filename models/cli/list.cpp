#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "models/cli/command.h"

namespace strata {
namespace {

const std::vector<std::string> kKinds = {"stacks",    "layers",    "machines",
                                         "workloads", "scenarios", "claims"};

struct Line {
  std::string id, title, note;
};

std::string broken_note(const Catalog& catalog, const std::string& file) {
  const auto it = catalog.broken.find(file);
  return it == catalog.broken.end()
             ? ""
             : fmt::format("{} mistakes: strata check {}", it->second.size(), file);
}

std::vector<Line> lines(const Catalog& catalog, const std::string& kind) {
  std::vector<Line> out;
  const auto add_broken = [&](FileKind what) {
    for (const std::string& folder : catalog.folders.at(what))
      for (const auto& [file, issues] : catalog.broken) {
        const std::filesystem::path path(file);
        if (path.parent_path() == folder && path.extension() == ".toml")
          out.push_back({path.stem().string(), "", broken_note(catalog, file)});
      }
  };
  if (kind == "stacks") {
    for (const auto& [id, stack] : catalog.stacks) out.push_back({id, stack.title, ""});
    add_broken(FileKind::stack);
  } else if (kind == "layers") {
    for (const auto& [id, node] : catalog.layers) {
      const Node* title = node.find("title");
      const auto* text = title ? std::get_if<std::string>(&title->value) : nullptr;
      out.push_back({id, text ? *text : "", broken_note(catalog, "stacks/layers/" + id + ".toml")});
    }
  } else if (kind == "machines") {
    for (const auto& [id, machine] : catalog.machines) out.push_back({id, machine.title, ""});
    add_broken(FileKind::machine);
  } else if (kind == "workloads") {
    for (const auto& [id, workload] : catalog.workloads) out.push_back({id, workload.title, ""});
    for (const auto& [id, trace] : catalog.traces)
      out.push_back({id, trace.about, "recorded arrivals"});
    add_broken(FileKind::workload);
  } else if (kind == "claims") {
    for (const auto& [id, claim] : catalog.claims) out.push_back({id, claim.claim, ""});
    add_broken(FileKind::claim);
  } else {
    for (const auto& [id, scenario] : catalog.scenarios) out.push_back({id, scenario.question, ""});
    add_broken(FileKind::scenario);
  }
  return out;
}

}  // namespace

void add_list(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand(
      "list", "what is known: stacks, layers, machines, workloads, scenarios, claims");
  auto kind = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("KIND", *kind, "one of the six; none: all")->check(CLI::IsMember(kKinds));
  command->add_flag("--json", *json, "for programs");
  command->callback([kind, json, &home] {
    std::vector<std::string> kinds = kKinds;
    if (!kind->empty()) kinds = {*kind};
    nlohmann::ordered_json all;
    for (const std::string& k : kinds) {
      if (!*json && kinds.size() > 1) std::cout << k << "\n";
      for (const Line& line : lines(home.catalog(), k)) {
        all[k].push_back({{"id", line.id}, {"title", line.title}, {"note", line.note}});
        if (!*json)
          std::cout << fmt::format("  {:<24} {}{}\n", line.id, line.title,
                                   line.note.empty() ? "" : " [" + line.note + "]");
      }
    }
    if (*json) std::cout << all.dump(2) << "\n";
  });
}

}  // namespace strata
