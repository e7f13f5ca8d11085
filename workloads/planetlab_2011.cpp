// Reads the CPU use of PlanetLab's virtual machines (CoMon: Park and Pai, 2006; ten days chosen by
// Beloglazov and Buyya, CCPE 2012): a folder a day (20110303) with a file a machine of 288 whole
// percents, one every five minutes; or a day packed as 20110303.csv, a row a machine.

#include <fmt/format.h>

#include <regex>

#include "models/study/catalog.h"
#include "models/study/csv.h"
#include "models/study/trace_files.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
constexpr float kSeconds = 300;

/// Adds a sample; an issue when the text is no share in percent.
void add(const std::string& text, const Place& place, Usage& usage, Issues& issues) {
  const auto percent = number<int>(text);
  if (percent && *percent >= 0 && *percent <= 100)
    usage.samples.push_back({static_cast<float>(*percent) / 100, kSeconds});
  else
    issues.push_back({place, "", fmt::format("'{}' is no whole percent from 0 to 100", text)});
}

void each(const fs::path& folder, const std::function<void(const Usage&)>& take, Issues& issues) {
  const std::regex day(R"(2011\d{4})");
  bool found = false;
  for (const fs::path& file : trace_files(folder, R"(2011\d{4}\.csv(\.gz)?)")) {
    found = true;
    each_csv_row(file, file.string(), {"vm"}, issues,
                 [&](const CsvTable& table, int line, std::vector<std::string>& fields) {
                   const auto name = static_cast<std::size_t>(table.column("vm"));
                   Usage usage;
                   usage.id = fields[name];
                   for (std::size_t i = 0; i < fields.size(); ++i)
                     if (i != name) add(fields[i], {table.file, line, 1}, usage, issues);
                   take(usage);
                 });
  }
  for (const fs::path& file : trace_files(folder, R"([^.].*)")) {
    if (!std::regex_match(file.parent_path().filename().string(), day)) continue;
    found = true;
    Usage usage;
    usage.id = file.filename().string();
    Lines lines(file, file.string(), issues);
    for (std::string line; lines.next(line, issues);) add(line, lines.place(), usage, issues);
    take(usage);
  }
  if (!found)
    issues.push_back({{folder.string()},
                      "",
                      "holds no PlanetLab trace: expected folders 2011MMDD or files 2011MMDD.csv"});
}

}  // namespace

void workload_planetlab_2011(Catalog& catalog) {
  catalog.usages["planetlab_2011"] = {
      "planetlab_2011", "CPU use of PlanetLab's virtual machines in 2011, every five minutes",
      each};
}

}  // namespace strata
