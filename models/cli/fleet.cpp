#include "models/cli/fleet.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/cli/command.h"
#include "models/cli/text_table.h"
#include "models/fleet/churn.h"

namespace strata {
namespace {

struct ChurnOptions {
  std::uint32_t hosts = 1000;
  std::string policy = "first-fit", series = "a";
  std::uint64_t seed = 1;
  int choices = 2;
  bool json = false;
};

/// Seconds of CPU this process used, in its own code.
double cpu_seconds(const rusage& usage) {
  return static_cast<double>(usage.ru_utime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec) * 1e-6;
}

/// On standard error, because it differs from run to run; of a run too short to time, nothing.
void say_speed(const rusage& before, std::uint64_t placed) {
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  const double seconds = cpu_seconds(after) - cpu_seconds(before);
  if (seconds < 0.05) return;
  std::cerr << fmt::format("{:.2f} CPU s, {:.2f} M placements/s, {:.0f} MiB at most\n", seconds,
                           static_cast<double>(placed) / seconds * 1e-6,
                           static_cast<double>(after.ru_maxrss) / 1024);
}

void churn(const ChurnOptions& o, Home& home) {
  const PlacementPolicy& policy = policy_of(home.catalog(), o.policy);
  const ChurnSeries series = o.series == "a" ? ChurnSeries::a : ChurnSeries::b;
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  FleetShape fleet = churn_fleet(o.hosts, series);
  fleet.seed = o.seed;
  fleet.choices = o.choices;
  ChurnVms source(o.hosts, series);
  const auto placement = policy.make(fleet);
  const FleetTotals t = place(source, fleet, *placement);
  const double core_seconds = static_cast<double>(t.core_ticks) / 1000,
               gib_seconds = static_cast<double>(t.mib_ticks) / 1000 / 1024;
  say_speed(before, t.placed);
  if (o.json) {
    std::cout
        << nlohmann::ordered_json{{"workload", "FLEET-CHURN v0"},
                                  {"series", o.series},
                                  {"hosts", o.hosts},
                                  {"policy", o.policy},
                                  {"trace_checksum", fmt::format("{:016x}", source.checksum())},
                                  {"arrived", t.arrived},
                                  {"placed", t.placed},
                                  {"rejected", t.rejected},
                                  {"peak_running", t.peak_running},
                                  {"core_seconds", core_seconds},
                                  {"gib_seconds", gib_seconds},
                                  {"placement_hash", fmt::format("{:016x}", t.placement_hash)}}
               .dump(2)
        << "\n";
    return;
  }
  std::cout << fmt::format("FLEET-CHURN v0, series {}: {} hosts, {} virtual machines, {}\n\n",
                           o.series, o.hosts, t.arrived, o.policy);
  TextTable table({"", ""});
  table.row({"trace checksum", fmt::format("{:016x}", source.checksum())});
  table.row({"placed", fmt::format("{}", t.placed)});
  table.row({"rejected", fmt::format("{}", t.rejected)});
  table.row({"most running at a time", fmt::format("{}", t.peak_running)});
  table.row({"core-seconds", fmt::format("{:.3f}", core_seconds)});
  table.row({"GiB-seconds", fmt::format("{:.3f}", gib_seconds)});
  table.row({"placement hash", fmt::format("{:016x}", t.placement_hash)});
  std::cout << table.print()
            << "\nbalanced: arrived = ended + rejected; every host is empty again; core and memory "
               "time of the\nfleet are those of its machines\n";
}

void add_churn(CLI::App& fleet, Home& home) {
  auto* command = fleet.add_subcommand(
      "churn", "place FLEET-CHURN, the workload every simulator can play bit for bit");
  auto o = std::make_shared<ChurnOptions>();
  command->add_option("--hosts", o->hosts, "in the fleet")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command->add_option("--policy", o->policy, "of placement")->capture_default_str();
  command->add_option("--series", o->series, "a: hosts of 16 cores and 64 GiB; b: four times that")
      ->check(CLI::IsMember({"a", "b"}))
      ->capture_default_str();
  command->add_option("--choices", o->choices, "hosts that random-choices looks at")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--seed", o->seed, "of policies that draw; the workload has its own")
      ->capture_default_str();
  command->add_flag("--json", o->json, "for programs");
  command->callback([o, &home] { churn(*o, home); });
}

}  // namespace

const PlacementPolicy& policy_of(const Catalog& catalog, const std::string& id) {
  const auto policy = catalog.policies.find(id);
  if (policy == catalog.policies.end())
    throw WrongInput(fmt::format("--policy: '{}' is no placement policy{}", id,
                                 suggest(id, ids(catalog.policies), 60)));
  return policy->second;
}

void add_fleet(CLI::App& app, Home& home) {
  auto* fleet = app.add_subcommand(
      "fleet", "many machines: a trace on fleets of stacks and its cost; placement alone");
  fleet->require_subcommand(0, 1);
  add_churn(*fleet, home);
  add_fleet_vms(*fleet, home);
  add_fleet_offers(*fleet, home);
  add_fleet_pulls(*fleet, home);
  add_fleet_restarts(*fleet, home);
  add_fleet_flavours(*fleet, home);
  add_fleet_scenario(*fleet, home);
}

}  // namespace strata
