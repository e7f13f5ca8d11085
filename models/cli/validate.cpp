#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "build_info.h"
#include "models/cli/command.h"
#include "models/cli/draw_options.h"
#include "models/cli/results.h"
#include "models/cli/shell.h"
#include "models/cli/validation.h"

namespace strata {
namespace {

struct Options {
  DrawPlan sampling{64, 1, 1, 1};
  bool json = false, rows = false;
  std::string html;
};

/// One page that needs no network, drawn by notebooks/validation.py.
void write_page(const nlohmann::ordered_json& page, const Options& o, const Home& home) {
  const std::filesystem::path beside = o.html + ".json";
  write_whole(beside, page.dump(1) + "\n");
  const ShellResult made =
      run_shell(fmt::format("{} {} {} {} 2>&1", shell_word(STRATA_PYTHON),
                            shell_word((home.path() / "notebooks" / "validation.py").string()),
                            shell_word(beside.string()), shell_word(o.html)));
  std::filesystem::remove(beside);
  if (!made.succeeded) throw std::runtime_error("the page was not written: " + made.output);
  std::cerr << made.output;
}

void answer(const Options& o, Home& home) {
  const Catalog& catalog = home.catalog();
  Issues mistakes;  // a row whose stack cannot be read would be missing from every figure
  for (const auto& [file, found] : catalog.broken)
    mistakes.insert(mistakes.end(), found.begin(), found.end());
  if (!mistakes.empty()) throw WrongInput(mistakes);
  const Validated found{validate(catalog, o.sampling), parallel_starts(catalog, o.sampling),
                        o.sampling.seed};
  if (!o.html.empty()) write_page(validation_json(found), o, home);
  if (o.json)
    std::cout << validation_json(found).dump(2) << "\n";
  else
    print_validation(found, o.rows);
}

}  // namespace

void add_validate(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand(
      "validate", "the models against every published validation row they can express");
  auto o = std::make_shared<Options>();
  add_draw_options(*command, o->sampling);
  command->add_flag("--rows", o->rows, "print every row as well");
  command->add_flag("--json", o->json, "for programs");
  command->add_option("--html", o->html, "write a page, predicted against observed");
  command->callback([o, &home] { answer(*o, home); });
}

}  // namespace strata
