#include "models/cli/fleet_out.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/base/random.h"
#include "models/cli/manifest.h"
#include "models/cli/results.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

fs::path cache_folder() {
  if (const char* set = std::getenv("XDG_CACHE_HOME"); set && *set) return fs::path(set) / "strata";
  if (const char* home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".cache" / "strata";
  return {};
}

/// What stands for this program in the cache: its own bytes.
std::string maker() {
  std::ifstream self("/proc/self/exe", std::ios::binary);
  std::ostringstream bytes;
  bytes << self.rdbuf();
  return fmt::format("strata {:016x}", hash(bytes.str()));
}

}  // namespace

SurfaceCache surface_cache() { return {cache_folder(), maker()}; }

void require_writable_if_named(const std::string& folder) {
  if (!folder.empty()) require_writable(folder);
}

void write_fleet(const std::string& folder, const std::vector<Record>& records,
                 const std::string& said, Home& home) {
  if (folder.empty()) return;
  std::ostringstream rows;
  write_csv(rows, records);
  write_whole(fs::path(folder) / "results.csv", rows.str());
  const Record& first = records.front();
  const RunFacts facts{said, first.scenario, inputs_hash(home.path(), {}), first.seed, 1, 0};
  write_whole(fs::path(folder) / "manifest.json", manifest(facts, home.path()).dump(2) + "\n");
  std::cerr << fmt::format("written to {}: results.csv, manifest.json\n{}", folder,
                           draw_figures(folder, home.path()));
}

}  // namespace strata
