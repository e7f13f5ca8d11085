#pragma once

#include <CLI/App.hpp>

#include "models/cli/command.h"

namespace strata {

/// `strata fleet SCENARIO`: a trace of calls on fleets of stacks, and what it costs.
void add_fleet_scenario(CLI::App& fleet, Home& home);

}  // namespace strata
