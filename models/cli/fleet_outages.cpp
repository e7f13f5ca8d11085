#include "models/cli/fleet_outages.h"

#include <fmt/format.h>

namespace strata {

OutageRates OutageHours::rates() const {
  return {host_up * 3600, host_down * 3600, rack_hosts, rack_up * 3600, rack_down * 3600};
}

std::string OutageHours::as_options() const {
  return fmt::format("--host-up {} --host-down {} --rack {} --rack-up {} --rack-down {}", host_up,
                     host_down, rack_hosts, rack_up, rack_down);
}

void add_outage_options(CLI::App& command, OutageHours& hours, CLI::Option* only_with) {
  const auto until_it_fails = CLI::Range(0.0, 1e9), until_it_is_back = CLI::Range(1e-6, 1e9);
  CLI::Option* options[] = {
      command.add_option("--host-up", hours.host_up, "mean hours until a host fails; 0: never")
          ->check(until_it_fails),
      command.add_option("--host-down", hours.host_down, "mean hours until it is back (assumed)")
          ->check(until_it_is_back),
      command.add_option("--rack", hours.rack_hosts, "hosts in a rack")
          ->check(CLI::Range(1, 100'000)),
      command.add_option("--rack-up", hours.rack_up, "mean hours until a rack fails; 0: never")
          ->check(until_it_fails),
      command.add_option("--rack-down", hours.rack_down, "mean hours until it is back")
          ->check(until_it_is_back)};
  for (CLI::Option* option : options) {
    option->capture_default_str();
    if (only_with) option->needs(only_with);
  }
}

}  // namespace strata
