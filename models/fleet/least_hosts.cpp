#include "models/fleet/least_hosts.h"

#include <utility>

namespace strata {
namespace {

/// Too few hosts are known, and enough.
struct Bracket {
  std::size_t setup = 0, too_few = 0, enough = 0;
};

}  // namespace

std::vector<LeastHosts> least_hosts(
    const std::vector<FaasSetup>& setups,
    const std::function<std::vector<FaasTotals>(const std::vector<FaasSetup>&)>& play,
    const std::function<bool(const FaasTotals&)>& holds) {
  std::vector<LeastHosts> out(setups.size());
  std::vector<Bracket> open;
  auto whole = play(setups);
  for (std::size_t i = 0; i < setups.size(); ++i) {
    const bool enough = holds(whole[i]);
    out[i] = {enough ? setups[i].hosts : 0, std::move(whole[i])};
    if (enough && setups[i].hosts > 1) open.push_back({i, 0, setups[i].hosts});
  }
  while (!open.empty()) {
    std::vector<FaasSetup> tried;
    for (const Bracket& b : open) {
      tried.push_back(setups[b.setup]);
      tried.back().hosts = (b.too_few + b.enough) / 2;
    }
    auto totals = play(tried);
    std::vector<Bracket> still;
    for (std::size_t i = 0; i < open.size(); ++i) {
      Bracket b = open[i];
      if (holds(totals[i])) {
        b.enough = tried[i].hosts;
        out[b.setup] = {b.enough, std::move(totals[i])};
      } else {
        b.too_few = tried[i].hosts;
      }
      if (b.enough - b.too_few > 1) still.push_back(b);
    }
    open = std::move(still);
  }
  return out;
}

}  // namespace strata
