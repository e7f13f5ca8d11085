#pragma once

#include <CLI/App.hpp>
#include <string>

#include "models/fleet/outages.h"

namespace strata {

/// How often hosts and racks fail, as a person says it: mean hours. The defaults are of Google's
/// clusters in their first year (Dean, Google I/O 2008): of 1,800 servers, forty a rack, 1,000
/// fail, and 20 racks do, which are back after 1 to 6 hours; how long a host is away is assumed.
struct OutageHours {
  double host_up = 15780, host_down = 6;
  std::uint32_t rack_hosts = 40;
  double rack_up = 19725, rack_down = 3.5;

  OutageRates rates() const;
  std::string as_options() const;  ///< what to type for these
};

/// Adds --host-up, --host-down, --rack, --rack-up and --rack-down; `only_with`, if any, must be
/// given beside them.
void add_outage_options(CLI::App& command, OutageHours& hours, CLI::Option* only_with = nullptr);

}  // namespace strata
