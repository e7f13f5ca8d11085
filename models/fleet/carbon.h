#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/base/issue.h"

namespace strata {

/// Hours of a zone's electricity in order: g of CO2 of a kilowatt-hour drawn in each.
using CarbonHours = std::vector<double>;

/// Reads a CSV file, plain or compressed, of hours (column `unix_s`, 3600 apart) and a column a
/// zone, as Electricity Maps' hourly means are published. `zone` may be empty where there is one;
/// hours begin at `from`, a time in the file, or at its first. What is wrong becomes issues, and
/// then there are no hours.
CarbonHours read_carbon(const std::filesystem::path& file, const std::string& zone,
                        std::optional<std::int64_t> from, Issues& issues);

/// Energy of a fleet in kWh, and when it was drawn.
struct EnergyOverTime {
  double steady = 0;                     ///< drawn evenly, busy or not
  double busy = 0;                       ///< drawn as cores were in use
  double hours = 0;                      ///< how long
  std::vector<std::int64_t> core_hours;  ///< cores in use, hour by hour, in any unit
};

/// kg of CO2: the sum over hours of the hour's energy and intensity. Of no intensity but a constant
/// it is energy times that. Throws std::invalid_argument, saying how many hours there are, when the
/// fleet ran on after the last.
double operational_kg(const EnergyOverTime& energy, const CarbonHours& g_per_kwh);

}  // namespace strata
