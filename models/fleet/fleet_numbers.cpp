#include "models/fleet/fleet_numbers.h"

#include <algorithm>

namespace strata {
namespace {

constexpr double kMiB = 1048576, kGiB = 1024 * kMiB;
constexpr double kHourUs = 3600e6, kHoursOfYear = 8766;

/// Hosts' worth of memory at the peak, and of cores at the 99th percentile of the seconds.
struct Need {
  double memory = 0, cores = 0, mean_cores = 0;
  double hosts() const { return std::max(memory, cores); }
};

Need need_of(const FaasTotals& t, const FaasSetup& setup, const Surface& drawn,
             const CostFile& costs, const Draws& draws) {
  const Surface& played = *setup.surface;
  const Footprint& f = drawn.memory;
  const auto room = static_cast<double>(drawn.host_memory - f.fixed - Holding::shared(f));
  const double held = static_cast<double>(t.peak.instances) * static_cast<double>(f.marginal) +
                      static_cast<double>(t.peak.function_mib) * kMiB;
  // Calls take cores as their share says and the stack taxes them; housekeeping comes on top.
  const double calls =
      draws(costs.at("cpu_share")) / setup.cpu_share * drawn.slowdown / played.slowdown;
  const auto mean_instances =
      static_cast<double>(t.integral.instances) / static_cast<double>(t.last_us);
  const auto cores_of = [&](double measured) {
    const double house = played.housekeeping * mean_instances;
    return std::max(0.0, measured - house) * calls + drawn.housekeeping * mean_instances;
  };
  Need out;
  out.memory = room > 0 ? held / room : 0;
  out.cores = cores_of(t.cores.quantile(0.99) / 1000) / (setup.fill * drawn.host_cores);
  out.mean_cores = cores_of(t.cores.mean() / 1000);
  return out;
}

void add_outages(const FaasTotals& t, std::vector<FleetNumber>& out) {
  out.push_back({"outage.hosts", "value", static_cast<double>(t.host_failures)});
  out.push_back({"outage.racks", "value", static_cast<double>(t.rack_failures)});
  out.push_back({"outage.instances", "value", static_cast<double>(t.failed)});
  out.push_back({"outage.calls", "value", static_cast<double>(t.lost)});
  out.push_back({"restart.begun", "value", static_cast<double>(t.restarts)});
  if (t.restart_us.count() == 0) return;
  out.push_back({"restart.back", "median", t.restart_us.quantile(0.5) * 1e-6});
  out.push_back({"restart.back", "p99", t.restart_us.quantile(0.99) * 1e-6});
}

}  // namespace

std::vector<FleetNumber> fleet_numbers(const FaasTotals& t, const FaasSetup& setup,
                                       const Surface& drawn, const CostFile& costs,
                                       const Draws& draws, const CarbonHours& carbon) {
  std::vector<FleetNumber> out;
  const auto add = [&](const char* metric, const char* statistic, double value) {
    out.push_back({metric, statistic, value});
  };
  const auto cost = [&](const char* key) { return draws(costs.at(key)); };
  const Surface& played = *setup.surface;
  const auto served = static_cast<double>(t.cold + t.warm);
  const double hours = static_cast<double>(t.last_us) / kHourUs;
  const double millions = static_cast<double>(t.ended) / 1e6;
  if (t.ended == 0) return out;

  const Need need = need_of(t, setup, drawn, costs, draws);
  const double hosts = need.hosts();
  add("fleet.hosts", "max", static_cast<double>(t.most_hosts));
  add("fleet.hosts_needed", "value", hosts);
  add("fleet.instances", "max", static_cast<double>(t.most_instances));
  add("fleet.instances_per_host", "value", static_cast<double>(t.most_instances) / hosts);
  add("fleet.rejected", "value", static_cast<double>(t.rejected));
  add("cold.rate", "value", static_cast<double>(t.cold) / served);
  const double scale = played.alone_ns > 0 ? drawn.alone_ns / played.alone_ns : 1;
  add("cold.latency", "median", t.cold_us.quantile(0.5) / 1000 * scale);
  add("cold.latency", "p99", t.cold_us.quantile(0.99) / 1000 * scale);
  add("cold.app_rate", "median", t.apps_cold.quantile(0.5) / 1000);
  add("cold.app_rate", "p75", t.apps_cold.quantile(0.75) / 1000);
  add("call.stretch", "median", t.stretch.quantile(0.5) / 1000);
  add("call.stretch", "p99", t.stretch.quantile(0.99) / 1000);

  const Footprint& f = drawn.memory;
  add("memory.wasted", "value",
      (static_cast<double>(t.idle_us) * static_cast<double>(f.marginal) +
       static_cast<double>(t.idle_mib_us) * kMiB) /
          kGiB / kHourUs);
  add("memory.stranded", "value", 1 - need.memory / hosts);
  const double copies = static_cast<double>(std::max<std::int64_t>(0, t.peak.instances - 1));
  add("memory.duplicated", "value",
      (copies * static_cast<double>(f.mergeable) +
       static_cast<double>(std::max<std::int64_t>(0, t.peak.hosts - 1)) *
           static_cast<double>(Holding::shared(f))) /
          kMiB);

  const double used = std::min(1.0, need.mean_cores / (hosts * drawn.host_cores));
  const double idle = cost("idle_watts"), busy = std::max(idle, cost("busy_watts"));
  const double kwh = hosts * (idle + (busy - idle) * used) / 1000 * cost("pue") * hours;
  const double server_hours = cost("server_years") * kHoursOfYear;
  const double bought =
      hosts * hours * cost("server_usd") / server_hours * (1 + cost("infrastructure"));
  const double usd = bought + kwh * cost("kwh_usd");
  add("cost.million_calls", "value", usd / millions);
  add("cost.instance_month", "value",
      usd / (static_cast<double>(t.integral.instances) / kHourUs) * kHoursOfYear / 12);
  const double per_call = cost("million_calls_usd"), per_gb = cost("gb_second_usd");
  add("price.million_calls", "by 100 ms", per_call + t.billed_gb_100ms_s * per_gb / millions);
  add("price.million_calls", "by 1 ms", per_call + t.billed_gb_1ms_s * per_gb / millions);
  add("energy.million_calls", "value", kwh / millions);
  const double steady = hosts * idle / 1000 * cost("pue") * hours;
  const double operational =
      carbon.empty() ? kwh * cost("kwh_gco2") / 1000
                     : operational_kg({steady, kwh - steady, hours, t.cores_by_hour}, carbon);
  if (!carbon.empty()) add("carbon.million_calls", "operational", operational / millions);
  add("carbon.million_calls", "value",
      (operational + hosts * hours * cost("embodied_kg") / server_hours) / millions);
  if (setup.outages.any()) add_outages(t, out);
  return out;
}

}  // namespace strata
