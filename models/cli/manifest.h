#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace strata {

/// Who made these results, from what and on which machine. Everything that may differ between two
/// runs of the same inputs (wall time, memory, host, jobs) stands here and nowhere else.
struct RunFacts {
  std::string command;  ///< as typed
  std::string scenario;
  std::string scenario_hash;  ///< of every file the run read, see inputs_hash()
  std::uint64_t seed = 0;
  int jobs = 1;
  double wall_seconds = 0;
};

nlohmann::ordered_json manifest(const RunFacts& facts, const std::filesystem::path& home);

/// A hash of the contents of stacks/, workloads/ and results/published/ and of further files, in
/// the order of their names: equal hashes, equal inputs.
std::string inputs_hash(const std::filesystem::path& home,
                        const std::vector<std::filesystem::path>& more);

}  // namespace strata
