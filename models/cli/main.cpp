#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "build_info.h"
#include "models/cli/command.h"

namespace {

enum Status { kOk = 0, kFailed = 1, kWrongInput = 2 };

std::filesystem::path home_folder() {
  if (const char* set = std::getenv("STRATA_HOME")) return set;
  return STRATA_SOURCE_DIR;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Strata: what does it cost to put these layers under my program?", "strata");
  app.set_version_flag("--version", std::string("strata ") + STRATA_VERSION);
  app.require_subcommand(1);
  app.footer("Start with: strata list scenarios; strata run first-run");
  strata::Home home(home_folder());
  strata::add_run(app, home);
  strata::add_list(app, home);
  strata::add_show(app, home);
  strata::add_explain(app, home);
  strata::add_compare(app, home);
  strata::add_predict(app, home);
  strata::add_validate(app, home);
  strata::add_report(app, home);
  strata::add_check(app, home);
  strata::add_fleet(app, home);
  strata::add_new(app, home);
  strata::add_probe(app);
  strata::add_measure(app, home_folder());
  strata::add_repeatability(app);
  try {
    // CLI11 would only say that a command is missing.
    std::vector<std::string> known;
    for (const auto* command : app.get_subcommands({})) known.push_back(command->get_name());
    if (argc > 1 && argv[1][0] != '-' &&
        std::find(known.begin(), known.end(), argv[1]) == known.end())
      throw strata::WrongInput("'" + std::string(argv[1]) + "' is no command" +
                               strata::suggest(argv[1], known));
    app.parse(argc, argv);
    return kOk;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kWrongInput;
  } catch (const strata::WrongInput& error) {
    std::cerr << error.what() << "\n";
    return kWrongInput;
  } catch (const std::exception& error) {
    std::cerr << "strata: " << error.what() << "\n";
    return kFailed;
  }
}
