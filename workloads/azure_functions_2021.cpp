// Reads the Azure Functions Invocation Trace 2021 (Zhang et al., SOSP 2021; CC-BY): one line an
// invocation with app, func, end_timestamp and duration in seconds.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "models/study/catalog.h"
#include "models/study/csv.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

/// A CSV file whose header has the trace's four columns, in the folder or one beneath it.
fs::path find_file(const fs::path& folder, Issues& issues) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (auto it = fs::recursive_directory_iterator(folder, failed); !failed && it != fs::end(it);
       it.increment(failed)) {
    const std::string path = it->path().string();
    // The data set's own file ends in .txt.
    const bool table = it->path().extension() == ".csv" || it->path().extension() == ".txt";
    if (it.depth() <= 1 && table &&
        (path.find("azure_functions_2021") != std::string::npos ||
         path.find("AzureFunctionsInvocationTrace") != std::string::npos))
      found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());
  if (!found.empty()) return found.front();
  issues.push_back(
      {{folder.string()},
       "",
       "holds no Azure Functions 2021 trace: expected AzureFunctionsInvocationTrace*.txt "
       "or .csv, or either in a folder azure_functions_2021*"});
  return {};
}

double number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : std::nan("");
}

std::vector<Arrival> read(const fs::path& folder, int limit, Issues& issues) {
  const fs::path file = find_file(folder, issues);
  if (file.empty()) return {};
  const CsvTable csv =
      read_csv(file, file.string(), {"app", "func", "end_timestamp", "duration"}, issues);
  const auto at = [&](std::size_t row, const char* column) {
    return csv.rows[row][static_cast<std::size_t>(csv.column(column))];
  };
  struct Invocation {
    double begin, duration;
    std::string function;
  };
  std::vector<Invocation> all;
  for (std::size_t i = 0; i < csv.rows.size(); ++i) {
    const double end = number(at(i, "end_timestamp")), duration = number(at(i, "duration"));
    if (!(duration >= 0) || !std::isfinite(end)) {
      issues.push_back(
          {{file.string(), static_cast<int>(i) + 2, 1},
           "",
           "end_timestamp and duration must be numbers of seconds, duration at least 0"});
      continue;
    }
    all.push_back({end - duration, duration, at(i, "app") + "/" + at(i, "func")});
  }
  if (all.empty() && issues.empty()) issues.push_back({{file.string()}, "", "holds no call"});
  if (!issues.empty()) return {};
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.begin < b.begin; });
  if (limit > 0 && all.size() > static_cast<std::size_t>(limit))
    all.resize(static_cast<std::size_t>(limit));
  std::vector<Arrival> arrivals;
  for (const Invocation& i : all)
    arrivals.push_back(
        {std::llround((i.begin - all.front().begin) * 1e9), {i.duration * 1e9}, i.function});
  return arrivals;
}

}  // namespace

void workload_azure_functions_2021(Catalog& catalog) {
  catalog.traces["azure_functions_2021"] = {
      "azure_functions_2021",
      "Azure Functions invocations of January 2021: arrival and duration of each", read};
}

}  // namespace strata
