#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "models/cli/command.h"
#include "models/cli/templates.h"

namespace strata {
namespace {

/// The name becomes an id, and in C++ that of a function.
void require_name(const std::string& kind, const std::string& name, bool taken) {
  const bool good =
      !name.empty() && (name[0] < '0' || name[0] > '9') &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
  if (!good)
    throw WrongInput(fmt::format(
        "'{}': a {}'s name has small letters, digits and _ only, and begins with no digit", name,
        kind));
  if (taken)
    throw WrongInput(
        fmt::format("'{}' is the name of a {} of Strata's own; take another", name, kind));
}

void write_new(const std::string& file, const std::string& text, const std::string& next) {
  if (std::filesystem::exists(file))
    throw WrongInput(fmt::format("{}: is there already and was left as it is", file));
  std::ofstream out(file);
  out << text;
  if (!out.flush()) throw std::runtime_error(fmt::format("{}: cannot be written", file));
  std::cout << fmt::format("{} written; next: {}\n", file, next);
}

CLI::App* add_kind(CLI::App& command, const std::string& kind, const std::string& about,
                   const std::shared_ptr<std::string>& name) {
  auto* sub = command.add_subcommand(kind, about);
  sub->add_option("NAME", *name, "small letters, digits and _")->required();
  return sub;
}

}  // namespace

void add_new(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand("new", "a commented file to start from, in this folder");
  command->require_subcommand(1);
  const auto name = std::make_shared<std::string>();
  const auto cpp = std::make_shared<bool>(false);

  auto* stack = add_kind(*command, "stack", "a stack of your own, NAME.toml", name);
  stack->add_flag("--cpp", *cpp, "NAME.cpp, for what a file of numbers cannot say");
  stack->callback([name, cpp, &home] {
    require_name("stack", *name, home.catalog().stacks.contains(*name));
    if (*cpp)
      write_new(*name + ".cpp", stack_cpp_template(*name),
                "put it into stacks/ and build (cmake --build build --target strata)");
    else
      write_new(*name + ".toml", stack_file_template(*name), "strata check " + *name + ".toml");
  });

  auto* workload = add_kind(*command, "workload", "a workload of your own, NAME.toml", name);
  workload->callback([name, &home] {
    require_name("workload", *name, home.catalog().workloads.contains(*name));
    write_new(*name + ".toml", workload_file_template(*name), "strata check " + *name + ".toml");
  });

  auto* policy = add_kind(*command, "policy", "a placement policy of your own, NAME.cpp", name);
  policy->callback([name, &home] {
    std::string id = *name;  // ids of policies have hyphens
    std::replace(id.begin(), id.end(), '_', '-');
    require_name("policy", *name, home.catalog().policies.contains(id));
    write_new(*name + ".cpp", policy_cpp_template(*name),
              "put it into workloads/ and build (cmake --build build --target strata)");
  });
}

}  // namespace strata
