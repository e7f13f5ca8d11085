#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "build_info.h"
#include "models/cli/answers.h"
#include "models/cli/command.h"
#include "models/cli/results.h"
#include "models/cli/shell.h"
#include "models/layers/graph.h"
#include "models/study/record.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

std::vector<Record> rows_of(const fs::path& folder) {
  if (!fs::exists(folder / "results.csv"))
    throw WrongInput(fmt::format(
        "{}: has no results.csv; give the folder that strata run or strata measure names "
        "at its end",
        folder.string()));
  Issues issues;
  auto rows = read_records(folder / "results.csv", (folder / "results.csv").string(), issues);
  if (!issues.empty()) throw WrongInput(issues);
  return rows;
}

/// What the rows do not say of a stack: its layers and their graph, its numbers with their sources,
/// and the walk of the workload that it ran. Throws WrongInput when the catalog does not know it.
ordered_json about_stack(Catalog& catalog, const Record& row) {
  const StackFile& stack = stack_of(catalog, row.stack);
  ordered_json out = shown(stack);
  Issues issues;
  std::ostringstream dot;
  write_dot(dot, stack_graph(stack, issues), stack);
  out["dot"] = dot.str();
  if (!row.workload.empty()) {
    const StackModel model(stack, machine_of(catalog, row.machine),
                           workload_of(catalog, row.workload), issues);
    if (issues.empty()) out["walk"] = explained(model);
  }
  if (!issues.empty()) throw WrongInput(issues);
  return out;
}

ordered_json about(Catalog& catalog, const std::vector<Record>& rows) {
  ordered_json out = {
      {"question", ""}, {"stacks", ordered_json::array()}, {"unknown", ordered_json::array()}};
  std::vector<std::string> seen;
  for (const Record& row : rows) {
    if (row.stack.empty() || std::find(seen.begin(), seen.end(), row.stack) != seen.end()) continue;
    seen.push_back(row.stack);
    try {
      out["stacks"].push_back(about_stack(catalog, row));
    } catch (const WrongInput& unknown) {
      out["unknown"].push_back({{"stack", row.stack}, {"why", unknown.what()}});
    }
  }
  if (!rows.empty()) {
    try {
      out["question"] = scenario_of(catalog, rows.front().scenario).question;
    } catch (const WrongInput&) {  // a scenario from a file that may be gone
    }
  }
  return out;
}

}  // namespace

void add_report(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand(
      "report", "one self-contained HTML page of a run: figures, tables, layers, sources");
  struct Options {
    std::string results, out;
  };
  auto o = std::make_shared<Options>();
  command->add_option("RESULTS", o->results, "the folder that strata run or strata measure wrote")
      ->required();
  command->add_option("--out", o->out, "file to write (default RESULTS/report.html)");
  command->callback([o, &home] {
    const fs::path folder = o->results;
    const fs::path page = o->out.empty() ? folder / "report.html" : fs::path(o->out);
    // A measured set says all there is to say of it: what ran, on which machine.
    const auto rows = fs::exists(folder / "rows.csv") ? std::vector<Record>{} : rows_of(folder);
    const fs::path beside = page.string() + ".about.json";
    write_whole(beside, about(home.catalog(), rows).dump(1) + "\n");
    const ShellResult made = run_shell(fmt::format(
        "{} {} {} {} {} 2>&1", shell_word(STRATA_PYTHON),
        shell_word((home.path() / "notebooks" / "report.py").string()), shell_word(folder.string()),
        shell_word(beside.string()), shell_word(page.string())));
    fs::remove(beside);
    if (!made.succeeded) throw std::runtime_error("the report was not written: " + made.output);
    std::cout << made.output;
  });
}

}  // namespace strata
