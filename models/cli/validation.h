#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/calibrate/parallel_starts.h"
#include "models/calibrate/validate.h"

namespace strata {

/// What `strata validate` found, all of it.
struct Validated {
  Validation rows;
  std::vector<ParallelStarts> parallel;
  std::uint64_t seed = 1;  ///< of the bootstrap over papers
};

/// Rows by something they have in common.
using HeldGroups = std::map<std::string, std::vector<Held>>;
HeldGroups by(const std::vector<Held>& rows, const std::function<std::string(const Held&)>& key);
std::string table_of(const Held& row);
/// Metric, with the workload it is of.
std::string metric_of(const Held& row);

/// Prints it; `every_row`: with each row beside its prediction.
void print_validation(const Validated& found, bool every_row);
nlohmann::ordered_json validation_json(const Validated& found);

}  // namespace strata
