#include "real-harness/measuring/repeatability.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/cli/command.h"
#include "models/cli/text_table.h"
#include "real-harness/measuring/recorded.h"

namespace strata {
namespace {

std::vector<std::vector<MeasuredCell>> read_runs(const std::vector<std::string>& folders) {
  Issues issues;
  std::vector<std::vector<MeasuredCell>> runs;
  std::string machine;
  for (const std::string& folder : folders) {
    const Recorded found = read_recorded(folder, issues);
    if (found.records.empty()) continue;
    const std::string here = found.host["machine"];
    if (!machine.empty() && here != machine)
      issues.push_back({{folder + "/host.json"},
                        "machine",
                        fmt::format("is {}, not {} as in the others", here, machine)});
    machine = here;
    runs.push_back(cells_of(found.records));
  }
  if (!issues.empty()) throw WrongInput(issues);
  return runs;
}

const char* word(Repeatability verdict) {
  switch (verdict) {
    case Repeatability::yes:
      return "yes";
    case Repeatability::no:
      return "no";
    case Repeatability::machine_disturbed:
      break;
  }
  return "machine disturbed";
}

std::string table(const std::vector<RepeatedCell>& cells) {
  TextTable text({"metric", "stack", "median", "90 % over runs", "least, greatest", "within 10 %"});
  text.left(2);
  for (const RepeatedCell& cell : cells) {
    const Equivalence& e = cell.equivalence;
    const auto range = [&](double low, double high) {
      return fmt::format("{:+.1f} to {:+.1f} %", 100 * (low / e.median - 1),
                         100 * (high / e.median - 1));
    };
    std::vector<std::string> row = {cell.metric, cell.stack};
    if (cell.medians.size() < 2) {
      row.insert(row.end(), {"-", "-", "-"});
    } else {
      const auto [least, most] = std::minmax_element(cell.medians.begin(), cell.medians.end());
      row.insert(row.end(), {compact(e.median, 3) + " " + cell.unit, range(e.low, e.high),
                             range(*least, *most)});
    }
    row.push_back(std::string(cell.holds() ? "yes" : "no") + (cell.disturbed ? ", disturbed" : ""));
    text.row(std::move(row));
  }
  return text.print();
}

void run(const std::vector<std::string>& folders, bool json) {
  const auto cells = repeated(read_runs(folders));
  const Repeatability verdict = decide(cells);
  const auto marked = std::count_if(cells.begin(), cells.end(),
                                    [](const RepeatedCell& cell) { return cell.disturbed; });
  if (json) {
    nlohmann::ordered_json out = {{"repeatable", word(verdict)},
                                  {"cells", nlohmann::ordered_json::array()}};
    for (const RepeatedCell& cell : cells)
      out["cells"].push_back({{"stack", cell.stack},
                              {"metric", cell.metric},
                              {"unit", cell.unit},
                              {"median", cell.equivalence.median},
                              {"low", cell.equivalence.low},
                              {"high", cell.equivalence.high},
                              {"equivalent", cell.holds()},
                              {"disturbed", cell.disturbed}});
    std::cout << out.dump(2) << "\n";
  } else {
    std::cout << table(cells)
              << fmt::format("{} runs repeat: {}; disturbed: {} of {} cells\n", folders.size(),
                             word(verdict), marked, cells.size());
  }
  if (verdict == Repeatability::no)
    throw std::runtime_error(
        "the runs differ by more than the margin where nothing disturbed them");
  if (verdict == Repeatability::machine_disturbed)
    throw std::runtime_error(fmt::format(
        "the machine is disturbed: {} of {} cells; nothing can be said", marked, cells.size()));
}

}  // namespace

void add_repeatability(CLI::App& app) {
  auto* command = app.add_subcommand(
      "repeatability", "do separate runs of strata measure give the same? Equivalence to 10 %");
  auto folders = std::make_shared<std::vector<std::string>>();
  auto json = std::make_shared<bool>(false);
  command->add_option("DIR", *folders, "the folders of two runs or more")
      ->required()
      ->expected(2, 1000);
  command->add_flag("--json", *json, "for programs");
  command->callback([folders, json] { run(*folders, *json); });
}

}  // namespace strata
