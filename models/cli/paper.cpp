#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>

#include "build_info.h"
#include "models/cli/command.h"
#include "models/cli/shell.h"

namespace strata {

void add_paper(CLI::App& app, Home& home) {
  auto* command =
      app.add_subcommand("paper", "regenerate the paper: rows, figures, numbers, PDF; or a figure");
  struct Options {
    std::string figure;
    bool quick = false, no_pdf = false;
  };
  auto o = std::make_shared<Options>();
  command->add_option("FIGURE", o->figure, "this figure alone");
  command->add_flag("--quick", o->quick, "from the rows in results/, running nothing");
  command->add_flag("--no-pdf", o->no_pdf, "figures and numbers only");
  command->callback([o, &home] {
    namespace fs = std::filesystem;
    const fs::path script = home.path() / "paper" / "paper.py";
    if (!fs::exists(script))
      throw std::runtime_error(fmt::format(
          "{}: is not there; the paper is made in Strata's source tree", script.string()));
    // The script's own lines appear as it goes: it takes minutes.
    std::string line =
        fmt::format("STRATA={} {} -B {}", shell_word(fs::read_symlink("/proc/self/exe").string()),
                    shell_word(STRATA_PYTHON), shell_word(script.string()));
    if (o->quick) line += " --quick";
    if (o->no_pdf) line += " --no-pdf";
    if (!o->figure.empty()) line += " -- " + shell_word(o->figure);
    const int status = std::system(line.c_str());
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 1)
      throw std::runtime_error("the paper was not made");
    if (WEXITSTATUS(status) != 0) throw CLI::RuntimeError(WEXITSTATUS(status));
  });
}

}  // namespace strata
