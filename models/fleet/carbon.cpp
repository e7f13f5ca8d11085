#include "models/fleet/carbon.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "models/study/csv.h"
#include "models/study/trace_files.h"

namespace strata {
namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::size_t kIssues = 20;  ///< after so many it is another format, most likely

struct Row {
  int line = 0;
  std::vector<std::string> fields;
};

}  // namespace

CarbonHours read_carbon(const std::filesystem::path& file, const std::string& zone,
                        std::optional<std::int64_t> from, Issues& issues) {
  std::vector<Row> rows;
  const CsvTable table = each_csv_row(file, file.string(), {"unix_s"}, issues,
                                      [&](const CsvTable&, int line, auto& fields) {
                                        rows.push_back({line, fields});
                                      });
  if (!issues.empty()) return {};
  const auto wrong = [&](int line, const std::string& path, const std::string& message) {
    issues.push_back({{file.string(), line, line > 0 ? 1 : 0}, path, message});
  };
  std::vector<std::string> zones = table.header;
  std::erase(zones, "unix_s");
  const std::string column = zone.empty() && zones.size() == 1 ? zones.front() : zone;
  if (std::find(zones.begin(), zones.end(), column) == zones.end()) {
    wrong(1, "",
          column.empty() ? fmt::format("has several zones, of which one must be named; known: {}",
                                       fmt::join(zones, ", "))
                         : fmt::format("has no zone '{}'{}", column, suggest(column, zones)));
    return {};
  }
  const auto at = static_cast<std::size_t>(table.column("unix_s"));
  CarbonHours hours;
  std::optional<std::int64_t> first, last;
  bool begun = !from;
  for (const Row& row : rows) {
    if (issues.size() >= kIssues) return {};
    const auto time = number<std::int64_t>(row.fields[at]);
    if (!time || (last && *time != *last + kHour)) {
      wrong(row.line, "unix_s",
            fmt::format("'{}' is not an hour after the row before", row.fields[at]));
      if (!time) continue;
    }
    if (!first) first = time;
    last = time;
    if (from && *time == *from) begun = true;
    const double grams = CsvRow{table, row.line, row.fields, issues}.amount(column);
    if (begun) hours.push_back(grams);
  }
  if (issues.empty() && !first) wrong(0, "", "holds no hour");
  if (issues.empty() && !begun)
    wrong(0, "unix_s",
          fmt::format("no hour begins at {}; known: every {} s from {} to {}", *from, kHour, *first,
                      *last));
  return issues.empty() ? hours : CarbonHours{};
}

double operational_kg(const EnergyOverTime& energy, const CarbonHours& g_per_kwh) {
  const auto& cores = energy.core_hours;
  const auto lasted = static_cast<std::size_t>(std::ceil(energy.hours));
  const std::size_t needed = std::max(lasted, cores.size());
  if (needed > g_per_kwh.size())
    throw std::invalid_argument(fmt::format(
        "the fleet ran in {} hours, and the carbon of {} is known", needed, g_per_kwh.size()));
  const auto all = static_cast<double>(std::accumulate(cores.begin(), cores.end(), std::int64_t{}));
  double grams = 0;
  for (std::size_t h = 0; h < needed; ++h) {
    const double time = std::clamp(energy.hours - static_cast<double>(h), 0.0, 1.0) / energy.hours;
    // Nothing was in use at any full second: then nobody knows when, and it is spread.
    double in_use = time;
    if (all > 0) in_use = h < cores.size() ? static_cast<double>(cores[h]) / all : 0;
    grams += (energy.steady * time + energy.busy * in_use) * g_per_kwh[h];
  }
  return grams / 1000;
}

}  // namespace strata
