// Reads requests and machine shapes of the Google Cluster Data 2019 (Tirmazi et al., EuroSys 2020;
// CC-BY) as exported for LGDCloudSim: CELL_user_requests.csv and CELL_host_resource.csv. Sizes are
// shares of the cell's largest machine; the export has no order in time that could be used, so all
// ask at once and stay: what the cell holds.

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "models/study/catalog.h"
#include "models/study/csv.h"
#include "models/study/trace_files.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
/// Policies index whole numbers: a request is rounded up to a thousandth, a machine to the nearest.
constexpr double kUnits = 1000;

Capacity requested(const CsvRow& row) {
  return {static_cast<std::uint32_t>(std::ceil(row.amount("cpus") * kUnits)),
          static_cast<std::uint32_t>(std::ceil(row.amount("ram") * kUnits))};
}

VmTrace open(const fs::path& folder, const VmTraceOptions& options, Issues& issues) {
  VmTrace trace;
  const std::string ending = "_user_requests.csv";
  std::vector<std::string> parts;
  fs::path requests, hosts;
  for (const fs::path& file : trace_files(folder, ".*" + ending + R"((\.gz)?)")) {
    const std::string name = file.filename().string();
    parts.push_back(name.substr(0, name.find(ending)));
    if (!requests.empty() || (!options.part.empty() && options.part != parts.back())) continue;
    requests = file;
    hosts = file.parent_path() / (parts.back() + "_host_resource.csv");
    if (!fs::exists(hosts) && fs::exists(hosts.string() + ".gz")) hosts += ".gz";
  }
  if (requests.empty()) {
    issues.push_back({{folder.string()},
                      "",
                      parts.empty() ? "holds no Google 2019 requests: expected CELL_user_requests.csv "
                                      "beside CELL_host_resource.csv"
                                    : fmt::format("has no part '{}'{}", options.part,
                                                  suggest(options.part, parts))});
    return trace;
  }
  each_csv_row(hosts, hosts.string(), {"cpus", "ram", "machine_count"}, issues,
               [&](const CsvTable& table, int line, std::vector<std::string>& fields) {
                 const CsvRow row{table, line, fields, issues};
                 const Capacity host = {
                     static_cast<std::uint32_t>(std::lround(row.amount("cpus") * kUnits)),
                     static_cast<std::uint32_t>(std::lround(row.amount("ram") * kUnits))};
                 trace.hosts.insert(trace.hosts.end(),
                                    static_cast<std::size_t>(row.amount("machine_count")), host);
               });
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> shapes;
  std::vector<VmRequest> all;
  each_csv_row(requests, requests.string(), {"cpus", "ram"}, issues,
               [&](const CsvTable& table, int line, std::vector<std::string>& fields) {
                 const Capacity asked = requested({table, line, fields, issues});
                 const auto [shape, fresh] = shapes.try_emplace(
                     {asked.cores, asked.mib}, static_cast<std::uint32_t>(shapes.size()));
                 if (fresh) trace.shapes.push_back(asked);
                 all.push_back({0, 1, shape->second});
               });
  if (issues.empty() && all.empty())
    issues.push_back({{requests.string()}, "", "holds no request"});
  if (!issues.empty()) return trace;
  trace.cores = "thousandths of the largest machine's CPU";
  trace.memory = "thousandths of the largest machine's memory";
  trace.notes.push_back("the export's times cannot be used: all ask at once and stay");
  trace.requests = std::make_unique<ListedVms>(std::move(all));
  return trace;
}

}  // namespace

void workload_google_2019(Catalog& catalog) {
  catalog.vm_traces["google_2019"] = {
      "google_2019", "sizes of requests and shapes of machines of a Google cell, 2019", open};
}

}  // namespace strata
