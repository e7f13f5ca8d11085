#pragma once

#include <functional>
#include <vector>

#include "models/fleet/faas.h"

namespace strata {

/// The smallest fleet that serves a trace as it must be served, for each of these setups.
struct LeastHosts {
  std::size_t hosts = 0;  ///< 0: not even the setup's own number of them is enough
  FaasTotals totals;      ///< of the trace on so many; of the setup's own number where hosts is 0
};

/// Bisects the number of hosts of each setup, from 1 to its own. `play` plays the trace on fleets
/// side by side, and is called once for all setups at every step; `holds` says whether what came of
/// it is good enough. It is taken that whatever holds on some hosts holds on more: policies that
/// fill hosts in order come close to that, but none promises it.
std::vector<LeastHosts> least_hosts(
    const std::vector<FaasSetup>& setups,
    const std::function<std::vector<FaasTotals>(const std::vector<FaasSetup>&)>& play,
    const std::function<bool(const FaasTotals&)>& holds);

}  // namespace strata
