#include "models/fleet/evictions.h"

namespace strata {

EvictionPolicy evict_none() { return {"none", "idle instances stay until their time is up", {}}; }

std::map<std::string, EvictionPolicy> eviction_policies() {
  std::map<std::string, EvictionPolicy> out;
  for (const EvictionPolicy& policy : {evict_none(), evict_lru(), evict_greedy_dual()})
    out[policy.id] = policy;
  return out;
}

}  // namespace strata
