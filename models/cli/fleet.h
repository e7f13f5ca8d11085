#pragma once

#include "models/cli/command.h"

namespace strata {

/// The parts of `strata fleet` that have files of their own.
void add_fleet_vms(CLI::App& fleet, Home& home);
void add_fleet_offers(CLI::App& fleet, Home& home);
void add_fleet_pulls(CLI::App& fleet, Home& home);
void add_fleet_restarts(CLI::App& fleet, Home& home);
void add_fleet_flavours(CLI::App& fleet, Home& home);
void add_fleet_scenario(CLI::App& fleet, Home& home);

/// A placement policy by id; WrongInput says what is known.
const PlacementPolicy& policy_of(const Catalog& catalog, const std::string& id);

/// The folder of the person's traces: what --traces says, or STRATA_TRACES; or nothing: synthetic
/// traces need none.
std::string named_folder(const std::string& option);

/// The same; WrongInput when there is none.
std::string traces_folder(const std::string& option);

}  // namespace strata
