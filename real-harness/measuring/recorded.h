#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/base/issue.h"
#include "models/study/record.h"

namespace strata {

/// A folder that a measurement wrote: every sample, and host.json, which says where, how quiet the
/// machine was and why each stack and metric stopped where it did.
struct Recorded {
  std::vector<Record> records;
  nlohmann::ordered_json host;
};

/// Reads the folder; what is missing or wrong becomes issues, and then there are no records.
Recorded read_recorded(const std::filesystem::path& folder, Issues& issues);

/// Why a cell stopped, as host.json has it; empty: it does not say.
std::string stopped_of(const Recorded& recorded, const std::string& stack,
                       const std::string& metric);

}  // namespace strata
