#include "models/fleet/keep_alives.h"

#include <vector>

namespace strata {

std::map<std::string, KeepAlivePolicy> keep_alive_policies() {
  std::map<std::string, KeepAlivePolicy> out;
  for (KeepAlivePolicy& policy :
       std::vector<KeepAlivePolicy>{keep_none(), keep_fixed(), keep_histogram()})
    out.emplace(policy.id, std::move(policy));
  return out;
}

}  // namespace strata
