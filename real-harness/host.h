#pragma once

#include <nlohmann/json_fwd.hpp>

namespace strata {

/// What may move a measurement and stays: processor, kernel, mitigations, governor, clock source,
/// whether this machine is itself a virtual one. What cannot be read is null.
nlohmann::ordered_json host_facts();

/// What may move it and changes: load, and the ticks since boot, all and stolen.
nlohmann::ordered_json host_state();

/// Of all CPUs together since boot, in the kernel's ticks of 10 ms.
struct CpuTicks {
  double all = 0;
  double stolen = 0;  ///< the hypervisor beneath gave them to others
};
CpuTicks cpu_ticks();

/// The share of time stolen between two moments, or 0 when it is not known.
double stolen_share(const CpuTicks& before, const CpuTicks& after);

}  // namespace strata
