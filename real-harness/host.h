#pragma once

#include <nlohmann/json_fwd.hpp>

namespace strata {

/// What may move a measurement and stays: processor, kernel, mitigations, governor, clock source,
/// whether this machine is itself a virtual one. What cannot be read is null.
nlohmann::ordered_json host_facts();

/// What may move it and changes: load, and since boot the ticks of all CPUs together and those the
/// hypervisor beneath gave to others (steal).
nlohmann::ordered_json host_state();

/// The share of time stolen between two states, or 0 when it is not known.
double steal_share(const nlohmann::ordered_json& before, const nlohmann::ordered_json& after);

}  // namespace strata
