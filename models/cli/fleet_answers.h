#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "models/fleet/fleet_numbers.h"
#include "models/study/record.h"
#include "models/study/scenario.h"

namespace strata {

/// One stack under one keep-alive policy, for one way of reading the trace.
struct FleetCell {
  std::string stack, machine, workload;
  int era = 0;
  std::string accel;
  FaasTotals totals;
  FaasSetup setup;
  /// By metric and statistic: at trial 0, then at every draw.
  std::map<std::pair<std::string, std::string>, std::vector<double>> numbers;
};

/// What a fleet's cells say, as rows, for people (a table for each way of reading the trace, which
/// stack is cheapest and how sure that is, whether the objective is held) and for programs.
std::vector<Record> records_of(const Scenario& scenario, const std::vector<FleetCell>& cells);
std::string as_text(const Scenario& scenario, const std::vector<FleetCell>& cells);
nlohmann::ordered_json to_json(const Scenario& scenario, const std::vector<FleetCell>& cells,
                               const std::filesystem::path& folder);

}  // namespace strata
