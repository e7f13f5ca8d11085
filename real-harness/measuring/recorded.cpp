#include "real-harness/measuring/recorded.h"

#include <fstream>

namespace strata {
namespace {

using Json = nlohmann::ordered_json;

bool is_host(const Json& host) {
  if (!host.is_object() || !host.contains("machine") || !host["machine"].is_string() ||
      !host.contains("cells") || !host["cells"].is_array())
    return false;
  for (const Json& cell : host["cells"])
    for (const char* key : {"stack", "metric", "stopped"})
      if (!cell.is_object() || !cell.contains(key) || !cell[key].is_string()) return false;
  return true;
}

}  // namespace

Recorded read_recorded(const std::filesystem::path& folder, Issues& issues) {
  const std::size_t before = issues.size();
  Recorded out;
  const std::filesystem::path rows = folder / "rows.csv", host = folder / "host.json";
  out.records = read_records(rows, rows.string(), issues);
  for (std::size_t i = 0; i < out.records.size(); ++i)
    if (out.records[i].origin != "measured")
      issues.push_back({{rows.string(), static_cast<int>(i) + 2, 1},
                        "origin",
                        "is '" + out.records[i].origin + "', not measured"});
  if (out.records.empty() && issues.size() == before)
    issues.push_back({{rows.string()}, "", "no row follows the header"});
  std::ifstream in(host);
  out.host = Json::parse(in, nullptr, false);
  if (!in.is_open())
    issues.push_back({{host.string()}, "", "cannot be read"});
  else if (!is_host(out.host))
    issues.push_back(
        {{host.string()}, "", "is not what strata measure writes: a machine, and cells"});
  if (issues.size() != before) out.records.clear();
  return out;
}

std::string stopped_of(const Recorded& recorded, const std::string& stack,
                       const std::string& metric) {
  for (const Json& cell : recorded.host["cells"])
    if (cell["stack"] == stack && cell["metric"] == metric) return cell["stopped"];
  return "";
}

}  // namespace strata
