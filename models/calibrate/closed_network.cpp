#include "models/calibrate/closed_network.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace strata {

Loaded closed_network(const std::vector<double>& demands, double delay, int customers) {
  std::vector<double> queue(demands.size(), 0), response(demands.size());
  Loaded out;
  for (int n = 1; n <= customers; ++n) {
    out.found_busy.clear();
    for (const double demand : demands) out.found_busy.push_back(out.rate * demand / 1e9);
    for (std::size_t k = 0; k < demands.size(); ++k) response[k] = demands[k] * (1 + queue[k]);
    out.latency = std::accumulate(response.begin(), response.end(), delay);
    out.rate = n * 1e9 / out.latency;
    for (std::size_t k = 0; k < demands.size(); ++k) queue[k] = out.rate * response[k] / 1e9;
  }
  return out;
}

Loaded saturated(const std::vector<double>& demands) {
  const double slowest = *std::max_element(demands.begin(), demands.end());
  Loaded out{1e9 / slowest, 0, {}};
  for (const double demand : demands) out.found_busy.push_back(demand / slowest);
  return out;
}

}  // namespace strata
