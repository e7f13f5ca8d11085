#include "models/cli/results.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "build_info.h"
#include "models/cli/command.h"
#include "models/cli/shell.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

std::string cell_name(const CellResult& cell) {
  const Cell& at = cell.files.cell;
  std::string text = cell.files.stack->id + " on " + cell.files.machine->id;
  if (at.parallel > 0) text += fmt::format(", {} in flight", at.parallel);
  if (at.burst > 0) text += fmt::format(", burst of {}", at.burst);
  return text;
}

}  // namespace

void require_writable(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed || !fs::is_directory(folder))
    throw WrongInput(
        fmt::format("--out {}: is no folder and none can be made there", folder.string()));
  for (const char* name : {"results.csv", "manifest.json"})
    if (fs::is_directory(folder / name))
      throw WrongInput(fmt::format("--out {}: {} is a folder there", folder.string(), name));
  const fs::path probe = folder / ".part";
  if (!std::ofstream(probe))
    throw WrongInput(fmt::format("--out {}: cannot be written to", folder.string()));
  fs::remove(probe);
}

void write_whole(const fs::path& file, const std::string& text) {
  const fs::path temporary = file.string() + ".part";
  std::ofstream out(temporary, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error(fmt::format("{}: cannot be written", file.string()));
  out.close();
  fs::rename(temporary, file);
}

std::string chrome_trace(const Played& played) {
  using nlohmann::ordered_json;
  ordered_json events = ordered_json::array();
  int pid = 0;
  for (const CellResult& cell : played.cells) {
    if (cell.spans.empty()) continue;
    events.push_back({{"ph", "M"},
                      {"name", "process_name"},
                      {"pid", ++pid},
                      {"args", {{"name", cell_name(cell)}}}});
    for (const Span& s : cell.spans) {
      const auto us = [](Tick ns) { return static_cast<double>(ns) / 1000; };
      const std::string& phase = cell.phase_names[s.phase];
      if (s.locked > s.begin)
        events.push_back({{"ph", "X"},
                          {"name", phase + " (waits for its lock)"},
                          {"cat", "lock"},
                          {"pid", pid},
                          {"tid", s.instance},
                          {"ts", us(s.begin)},
                          {"dur", us(s.locked - s.begin)}});
      events.push_back({{"ph", "X"},
                        {"name", phase},
                        {"cat", "boot"},
                        {"pid", pid},
                        {"tid", s.instance},
                        {"ts", us(s.locked)},
                        {"dur", us(s.end - s.locked)}});
    }
  }
  if (pid == 0) return "";
  return ordered_json{{"displayTimeUnit", "ms"}, {"traceEvents", events}}.dump() + "\n";
}

void write_results(const Played& played, const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw std::runtime_error(fmt::format("{}: {}", folder.string(), failed.message()));
  std::ostringstream rows;
  write_csv(rows, played.records);
  write_whole(folder / "results.csv", rows.str());
  if (const auto trace = chrome_trace(played); !trace.empty())
    write_whole(folder / "boot-timeline.json", trace);
}

std::string draw_figures(const fs::path& folder, const fs::path& home) {
  const std::string script = (home / "notebooks" / "figures").string();
  const ShellResult drawn = run_shell(fmt::format("{} {} {} 2>&1", shell_word(STRATA_PYTHON),
                                                  shell_word(script), shell_word(folder.string())));
  if (!drawn.succeeded) throw std::runtime_error("the figures were not drawn: " + drawn.output);
  return drawn.output;
}

}  // namespace strata
