#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <thread>

#include "build_info.h"
#include "models/cli/command.h"
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
  const Validated found{validate(home.catalog(), o.sampling),
                        parallel_starts(home.catalog(), o.sampling), o.sampling.seed};
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
  o->sampling.jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  command->add_option("--draws", o->sampling.draws, "of the parameters, a Latin hypercube")
      ->check(CLI::Range(20, 100000))
      ->capture_default_str();
  command->add_option("--repetitions", o->sampling.repetitions, "of the starts of each draw")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--seed", o->sampling.seed, "of draws and starts")->capture_default_str();
  command->add_option("--jobs", o->sampling.jobs, "simulations at a time")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--rows", o->rows, "print every row as well");
  command->add_flag("--json", o->json, "for programs");
  command->add_option("--html", o->html, "write a page, predicted against observed");
  command->callback([o, &home] { answer(*o, home); });
}

}  // namespace strata
