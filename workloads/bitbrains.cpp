// Reads the CPU use of Bitbrains' virtual machines (GWA-T-12: Shen, van Beek and Iosup, CCGrid
// 2015): a file a machine, separated by semicolons, whose first column is headed [ms] and counts
// seconds; or the tables of OpenDC, trace.csv beside meta.csv.

#include <fmt/format.h>

#include <map>

#include "models/study/catalog.h"
#include "models/study/csv.h"
#include "models/study/trace_files.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
const std::string kTime = "Timestamp [ms]", kCores = "CPU cores",
                  kCapacity = "CPU capacity provisioned [MHZ]", kUsed = "CPU usage [MHZ]",
                  kMemory = "Memory capacity provisioned [KB]";

std::uint32_t mib_of_kb(double kb) { return static_cast<std::uint32_t>(kb / 1024); }

Usage read_machine(const fs::path& file, Issues& issues) {
  Usage usage;
  usage.id = file.filename().string();
  usage.id = usage.id.substr(0, usage.id.find('.'));
  double last = 0;
  each_csv_row(
      file, file.string(), {kTime, kCores, kCapacity, kUsed, kMemory}, issues,
      [&](const CsvTable& table, int line, std::vector<std::string>& fields) {
        const CsvRow row{table, line, fields, issues};
        const double at = row.amount(kTime), capacity = row.amount(kCapacity);
        usage.cores = static_cast<std::uint32_t>(row.amount(kCores));
        usage.mib = mib_of_kb(row.amount(kMemory));
        // A sample lasts from the one before it; the first as long as they are apart by design.
        const double seconds = usage.samples.empty() ? 300 : at - last;
        last = at;
        if (seconds < 0)
          issues.push_back({{table.file, line, 1}, kTime, "is before that of the line above"});
        else if (capacity > 0)
          usage.samples.push_back({static_cast<float>(row.amount(kUsed) / capacity),
                                   static_cast<float>(seconds)});
      },
      ';');
  return usage;
}

void read_tables(const fs::path& trace, const std::function<void(const Usage&)>& take,
                 Issues& issues) {
  struct Machine {
    Usage usage;
    double mhz = 0;
  };
  std::map<std::string, Machine> machines;
  const fs::path meta = trace.parent_path() / "meta.csv";
  each_csv_row(meta, meta.string(), {"id", "cpu_count", "cpu_capacity", "mem_capacity"}, issues,
               [&](const CsvTable& table, int line, std::vector<std::string>& fields) {
                 const CsvRow row{table, line, fields, issues};
                 Machine& m = machines[row.text("id")];
                 m.usage.id = row.text("id");
                 m.usage.cores = static_cast<std::uint32_t>(row.amount("cpu_count"));
                 m.usage.mib = mib_of_kb(row.amount("mem_capacity"));
                 m.mhz = row.amount("cpu_capacity");
               });
  each_csv_row(trace, trace.string(), {"id", "duration", "cpu_usage"}, issues,
               [&](const CsvTable& table, int line, std::vector<std::string>& fields) {
                 const CsvRow row{table, line, fields, issues};
                 const auto machine = machines.find(row.text("id"));
                 if (machine == machines.end() || machine->second.mhz <= 0) {
                   issues.push_back({{table.file, line, 1},
                                     "id",
                                     fmt::format("{} has no capacity in {}", row.text("id"),
                                                 meta.string())});
                   return;
                 }
                 machine->second.usage.samples.push_back(
                     {static_cast<float>(row.amount("cpu_usage") / machine->second.mhz),
                      static_cast<float>(row.amount("duration") / 1000)});
               });
  if (!issues.empty()) return;
  for (const auto& [id, machine] : machines) take(machine.usage);
}

void each(const fs::path& folder, const std::function<void(const Usage&)>& take, Issues& issues) {
  bool found = false;
  for (const fs::path& file : trace_files(folder, R"(.*\.csv(\.gz)?)")) {
    std::string first;
    Issues unreadable;  // a file that is none of ours may be anything
    Lines(file, file.string(), unreadable).next(first, unreadable);
    if (first.starts_with(kTime + ";")) {
      found = true;
      const Usage usage = read_machine(file, issues);
      if (!usage.samples.empty()) take(usage);
    } else if (first.starts_with("id,timestamp,duration,cpu_count,cpu_usage")) {
      found = true;
      read_tables(file, take, issues);
    }
  }
  if (!found)
    issues.push_back({{folder.string()},
                      "",
                      "holds no Bitbrains trace: expected files whose first column is "
                      "'Timestamp [ms];', or trace.csv beside meta.csv"});
}

}  // namespace

void workload_bitbrains(Catalog& catalog) {
  catalog.usages["bitbrains"] = {
      "bitbrains", "CPU use of a hoster's virtual machines in 2013, every five minutes", each};
}

}  // namespace strata
