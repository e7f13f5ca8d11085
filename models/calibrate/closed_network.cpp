#include "models/calibrate/closed_network.h"

#include <cstddef>
#include <numeric>

namespace strata {

Loaded closed_network(const std::vector<double>& demands, double delay, int customers) {
  std::vector<double> queue(demands.size(), 0), response(demands.size());
  Loaded out;
  for (int n = 1; n <= customers; ++n) {
    for (std::size_t k = 0; k < demands.size(); ++k) response[k] = demands[k] * (1 + queue[k]);
    out.latency = std::accumulate(response.begin(), response.end(), delay);
    out.rate = n * 1e9 / out.latency;
    for (std::size_t k = 0; k < demands.size(); ++k) queue[k] = out.rate * response[k] / 1e9;
  }
  return out;
}

}  // namespace strata
