#include "models/cli/fleet_asked.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace strata {

KeepAliveAsked keep_alive_of(const Catalog& catalog, const std::string& text) {
  const auto colon = text.find(':');
  const std::string id = text.substr(0, colon);
  const auto it = catalog.keep_alives.find(id);
  if (it == catalog.keep_alives.end())
    throw WrongInput(fmt::format("fleet.keep_alive: '{}' is no keep-alive policy{}", id,
                                 suggest(id, ids(catalog.keep_alives), 60)));
  KeepAliveAsked out{text, &it->second, it->second.default_us};
  if (colon == std::string::npos) return out;
  const auto time = parse_quantity(text.substr(colon + 1));
  if (it->second.default_us == 0)
    throw WrongInput(fmt::format("fleet.keep_alive: '{}': {} takes no time", text, id));
  if (!time || time->dimension != Dimension::time || time->value < 1000)
    throw WrongInput(fmt::format(
        "fleet.keep_alive: '{}': must be a policy and a time such as fixed:20 min", text));
  out.us = std::llround(time->value / 1000);
  return out;
}

const EvictionPolicy& eviction_of(const std::string& id) {
  static const auto kKnown = eviction_policies();
  const auto it = kKnown.find(id);
  if (it == kKnown.end())
    throw WrongInput(
        fmt::format("--eviction: '{}' is no eviction policy{}", id, suggest(id, ids(kKnown), 60)));
  return it->second;
}

const CostFile& costs_of(const Catalog& catalog, const std::string& id) {
  if (const Issues* wrong = broken(catalog, FileKind::costs, id)) throw WrongInput(*wrong);
  const auto it = catalog.costs.find(id);
  if (it == catalog.costs.end())
    throw WrongInput(fmt::format("fleet.costs: '{}' is no file of costs{}", id,
                                 suggest(id, ids(catalog.costs), 60)));
  return it->second;
}

CarbonHours carbon_of(const std::string& file, const std::string& zone,
                      std::optional<std::int64_t> from) {
  if (file.empty()) return {};
  Issues issues;
  CarbonHours hours = read_carbon(file, zone, from, issues);
  if (!issues.empty()) throw WrongInput(issues);
  return hours;
}

void ask_for_outages(Scenario& scenario) {
  if (scenario.table.empty()) scenario.table = scenario.metrics;
  for (const char* metric : {"outage.hosts", "outage.racks", "outage.instances", "outage.calls",
                             "restart.begun", "restart.back"})
    if (std::find(scenario.metrics.begin(), scenario.metrics.end(), metric) ==
        scenario.metrics.end())
      scenario.metrics.emplace_back(metric);
  for (const char* metric : {"outage.calls", "restart.begun"})
    if (std::find(scenario.table.begin(), scenario.table.end(), metric) == scenario.table.end())
      scenario.table.emplace_back(metric);
}

}  // namespace strata
