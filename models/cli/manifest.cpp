#include "models/cli/manifest.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

#include "build_info.h"
#include "models/base/random.h"
#include "models/cli/shell.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

/// First line a command prints, or nothing.
std::string first_line(const std::string& command) {
  const std::string text = run_shell(command + " 2>/dev/null").output;
  return text.substr(0, text.find('\n'));
}

std::string after_colon(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.rfind(key, 0) == 0) return line.substr(std::min(line.size(), line.find(':') + 2));
  return "";
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

double peak_mib() {
  rusage own{}, children{};
  getrusage(RUSAGE_SELF, &own);
  getrusage(RUSAGE_CHILDREN, &children);
  return static_cast<double>(std::max(own.ru_maxrss, children.ru_maxrss)) / 1024;
}

}  // namespace

std::string inputs_hash(const fs::path& home, const std::vector<fs::path>& more) {
  std::set<fs::path> files(more.begin(), more.end());
  for (const char* folder : {"stacks", "workloads", "results/published"}) {
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(home / folder, none))
      if (entry.is_regular_file()) files.insert(entry.path());
  }
  std::string all;
  for (const fs::path& file : files) {
    const fs::path shown = file.lexically_relative(home);
    all += fmt::format("{} {:016x}\n", shown.string(), hash(read(file)));
  }
  return fmt::format("{:016x}", hash(all));
}

nlohmann::ordered_json manifest(const RunFacts& facts, const fs::path& home) {
  const std::string git = "git -C " + shell_word(home.string()) + " ";
  utsname system{};
  uname(&system);
  nlohmann::ordered_json out;
  out["strata"] = STRATA_VERSION;
  const bool checkout = fs::exists(home / ".git");  // an installed Strata has its commit in a file
  const std::string kept = read(home / "COMMIT");
  out["commit"] = checkout ? first_line(git + "rev-parse HEAD") : kept.substr(0, kept.find('\n'));
  out["uncommitted_changes"] = checkout && !first_line(git + "status --porcelain").empty();
  out["command"] = facts.command;
  out["scenario"] = facts.scenario;
  out["inputs_hash"] = facts.scenario_hash;
  out["seed"] = facts.seed;
  out["versions"] = {{"compiler", STRATA_COMPILER},       {"build_type", STRATA_BUILD_TYPE},
                     {"simgrid", STRATA_SIMGRID_VERSION}, {"eigen", STRATA_EIGEN_VERSION},
                     {"boost", STRATA_BOOST_VERSION},     {"fmt", STRATA_FMT_VERSION}};
  out["host"] = {{"cpu", after_colon("/proc/cpuinfo", "model name")},
                 {"cores", sysconf(_SC_NPROCESSORS_ONLN)},
                 {"memory", after_colon("/proc/meminfo", "MemTotal")},
                 {"kernel", std::string(system.sysname) + " " + system.release},
                 {"machine", system.machine}};
  out["jobs"] = facts.jobs;
  out["wall_seconds"] = facts.wall_seconds;
  out["peak_memory_mib"] = peak_mib();
  return out;
}

}  // namespace strata
