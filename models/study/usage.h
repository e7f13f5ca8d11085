#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "models/base/issue.h"

namespace strata {

/// How much CPU one virtual machine used over time, as a trace recorded it.
struct Usage {
  std::string id;
  std::uint32_t cores = 0;  ///< 0: the trace does not say
  std::uint32_t mib = 0;    ///< of memory it was given; 0: the trace does not say
  /// The share of its cores in use, 0 to 1 (a little above where a clock was boosted), and for how
  /// long, in seconds; in order of time.
  struct Sample {
    float share, seconds;
  };
  std::vector<Sample> samples;
};

/// Reads a public trace of CPU use from the folder of the person's traces, one virtual machine at a
/// time; what is wrong becomes issues. One file in workloads/ a format.
struct UsageReader {
  std::string id;
  std::string about;
  std::function<void(const std::filesystem::path& folder, const std::function<void(const Usage&)>&,
                     Issues&)>
      each;
};

}  // namespace strata
