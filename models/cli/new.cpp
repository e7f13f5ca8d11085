#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "models/cli/command.h"

namespace strata {
namespace {

/// A stack that works as it stands; every line says what it is for.
constexpr std::string_view kTemplate = R"(# A stack of your own. Try it at once:
#   strata check {file}
#   strata run first-run --stack {file}
# All keys are explained in stacks/README.md.

title    = "{title}"
based_on = "firecracker_linux"   # one step only; below, write what differs

# A layer keeps its name from the stack it comes from (strata show firecracker_linux lists them).
# A number says where it comes from: "measured: ...", "cited: KEY, where" or "assumed: reason";
# low and high are its 5th and 95th percentiles.
[layers.kvm.parameters]
packet_send = {{ value = "1.1 us", low = "0.8 us", high = "1.6 us", from = "assumed: replace me by a measurement" }}

# A boot phase states cpu (contends for cores), wait (does not), lock, disk, memory; `after` names
# the phases that must be done.
[layers.kvm.boot.setup]
cpu   = {{ value = "1.9 ms", low = "1.5 ms", high = "2.4 ms", from = "assumed: replace me by a measurement" }}

# What one instance keeps in memory: private, shared (with an identity), mergeable, configured, ...
[memory.application]
kind = "private"
size = {{ value = "3 MiB", low = "2 MiB", high = "6 MiB", from = "assumed: replace me by a measurement" }}
)";

}  // namespace

void add_new(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand("new", "a commented file to start from");
  command->require_subcommand(1);
  auto* stack = command->add_subcommand("stack", "a stack of your own, NAME.toml in this folder");
  auto name = std::make_shared<std::string>();
  stack->add_option("NAME", *name, "letters, digits and _")->required();
  stack->callback([name, &home] {
    const bool good =
        !name->empty() &&
        name->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
    if (!good)
      throw WrongInput(
          fmt::format("'{}': a stack's name has small letters, digits and _ only", *name));
    if (home.catalog().stacks.contains(*name))
      throw WrongInput(
          fmt::format("'{}' is the name of a stack of Strata's own; take another", *name));
    const std::string file = *name + ".toml";
    if (std::filesystem::exists(file))
      throw WrongInput(fmt::format("{}: is there already and was left as it is", file));
    std::ofstream out(file);
    out << fmt::format(kTemplate, fmt::arg("file", file), fmt::arg("title", *name));
    if (!out.flush()) throw std::runtime_error(fmt::format("{}: cannot be written", file));
    std::cout << fmt::format("{} written; next: strata check {}\n", file, file);
  });
}

}  // namespace strata
