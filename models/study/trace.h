#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "models/base/issue.h"
#include "models/base/units.h"

namespace strata {

/// One arrival of a recorded workload: somebody asks for `work` of CPU on an instance of its own.
struct Arrival {
  std::int64_t at = 0;   ///< ns since the first arrival
  Duration work;         ///< service on one idle core
  std::string function;  ///< what is called, as the trace names it
};

/// Reads a public trace format from the folder of the person's traces. At most `limit` arrivals (0:
/// all), in order of time; what is wrong becomes issues. One file in workloads/ a format.
struct TraceReader {
  std::string id;
  std::string about;
  std::function<std::vector<Arrival>(const std::filesystem::path& folder, int limit, Issues&)> read;
};

}  // namespace strata
