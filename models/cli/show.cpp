#include <fmt/format.h>

#include <iostream>

#include "models/cli/answers.h"
#include "models/cli/command.h"
#include "models/cli/text_table.h"
#include "models/layers/graph.h"
#include "models/study/numbers.h"

namespace strata {
namespace {

std::string range(const Sourced<Quantity>& n) {
  if (n.low.value == n.high.value) return "exact";
  return fmt::format("{} .. {}{}", print(n.low), print(n.high),
                     n.range_is_default ? " (default)" : "");
}

std::string where(const Source& source) { return fmt::format("{}:{}", source.file, source.line); }

void show_text(const StackFile& stack) {
  std::cout << stack.id << ": " << stack.title << "\n";
  if (!stack.about.empty()) std::cout << stack.about << "\n";
  std::cout << fmt::format("era {}, {} vCPU{}\n", stack.era, stack.vcpus,
                           stack.based_on.empty() ? "" : ", based on " + stack.based_on);
  std::cout << "\napp\n";
  for (const StackLayer& layer : stack.layers) {
    std::string ways;
    for (const Entry& entry : layer.entered_by) {
      ways += fmt::format("{}{}", ways.empty() ? "" : "; ", name(entry.crossing));
      for (std::size_t i = 0; i < entry.ops.size(); ++i)
        ways += fmt::format("{}{}", i == 0 ? " for " : ", ", name(entry.ops[i]));
    }
    std::cout << fmt::format(" | {}\n{} [{}, {} model] {}\n", ways, layer.name, layer.use,
                             layer.layer.model, layer.layer.title);
  }
  std::cout << fmt::format(" | {}\nmachine\n", name(stack.machine_crossing));
  for (const Bypass& b : stack.edges)
    std::cout << fmt::format("beside: {} -> {} by {}\n", b.from, b.to, name(b.crossing));

  const auto all = numbers(stack);
  TextTable table({"layer", "number", "value", "5 % .. 95 %", "known as", "from", "file"});
  table.left(7);
  int assumed = 0;
  for (const NamedNumber& n : all) {
    assumed += n.number.source.evidence == Evidence::assumed;
    table.row({n.layer, n.what, print(n.number.value), range(n.number),
               std::string(name(n.number.source.evidence)), n.number.source.words,
               where(n.number.source)});
  }
  std::cout << "\n" << table.print();
  std::cout << fmt::format("\n{} numbers, {} of them assumed\n", all.size(), assumed);
}

}  // namespace

nlohmann::ordered_json shown(const StackFile& stack) {
  nlohmann::ordered_json out;
  out["id"] = stack.id;
  out["title"] = stack.title;
  out["about"] = stack.about;
  out["era"] = stack.era;
  for (const StackLayer& layer : stack.layers)
    out["layers"].push_back(
        {{"name", layer.name}, {"use", layer.use}, {"model", layer.layer.model}});
  for (const NamedNumber& n : numbers(stack))
    out["numbers"].push_back({{"layer", n.layer},
                              {"what", n.what},
                              {"id", n.number.id},
                              {"dimension", name(n.number.value.dimension)},
                              {"value", n.number.value.value},
                              {"low", n.number.low.value},
                              {"high", n.number.high.value},
                              {"printed", print(n.number.value)},
                              {"evidence", name(n.number.source.evidence)},
                              {"key", n.number.source.key},
                              {"from", n.number.source.words},
                              {"file", n.number.source.file},
                              {"line", n.number.source.line}});
  return out;
}

void add_show(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand("show", "a stack's layers and every number with its source");
  auto id = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  auto graph = std::make_shared<bool>(false);
  command->add_option("STACK", *id, "id or file")->required();
  command->add_flag("--json", *json, "for programs");
  command->add_flag(
      "--graph", *graph,
      "the layer graph for Graphviz: strata show STACK --graph | dot -Tpng -o stack.png");
  command->callback([=, &home] {
    const StackFile& stack = stack_of(home.catalog(), *id);
    if (*graph) {
      Issues issues;
      const StackGraph g = stack_graph(stack, issues);
      if (!issues.empty()) throw WrongInput(issues);
      write_dot(std::cout, g, stack);
    } else if (*json) {
      std::cout << shown(stack).dump(2) << "\n";
    } else {
      show_text(stack);
    }
  });
}

}  // namespace strata
