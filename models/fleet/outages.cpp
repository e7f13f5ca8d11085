#include "models/fleet/outages.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace strata {

Outages::Outages(const OutageRates& rates, std::size_t hosts, double ticks_per_second,
                 std::uint64_t seed)
    : rates_(rates),
      hosts_(hosts),
      ticks_per_second_(ticks_per_second),
      draws_(seed, "fleet.outages"),
      reasons_(hosts, 0) {
  if (rates.host_up_s < 0 || rates.host_down_s < 0 || rates.rack_up_s < 0 ||
      rates.rack_down_s < 0 || rates.rack_hosts == 0)
    throw std::invalid_argument("outages: times must not be negative, nor racks empty");
  if ((rates.host_up_s > 0 && rates.host_down_s <= 0) ||
      (rates.rack_up_s > 0 && rates.rack_down_s <= 0))
    throw std::invalid_argument("outages: what fails takes a time to repair");
  const std::size_t racks = (hosts + rates.rack_hosts - 1) / rates.rack_hosts;
  down_.assign(hosts + racks, false);
  for (Unit unit = 0; unit < down_.size(); ++unit) {
    const double up = unit < hosts ? rates.host_up_s : rates.rack_up_s;
    if (up > 0) timers_.push(after(0, up), unit);
  }
  advance();
}

void Outages::advance() {
  next_ = {std::numeric_limits<Time>::max(), false, false, {}};
  Timers<Unit>::Entry due;
  if (!timers_.next(std::numeric_limits<Time>::max() - 1, due)) return;
  const Unit unit = due.what;
  next_.at = due.at;
  next_.rack = unit >= hosts_;
  next_.down = !down_[unit];
  down_[unit] = next_.down;
  if (next_.rack) {
    const std::size_t first = (unit - hosts_) * rates_.rack_hosts;
    const std::size_t last = std::min(hosts_, first + rates_.rack_hosts);
    for (std::size_t host = first; host < last; ++host) flip(static_cast<HostId>(host), next_.down);
  } else {
    flip(unit, next_.down);
  }
  const double mean = next_.rack ? (next_.down ? rates_.rack_down_s : rates_.rack_up_s)
                                 : (next_.down ? rates_.host_down_s : rates_.host_up_s);
  timers_.push(after(due.at, mean), unit);
}

void Outages::flip(HostId host, bool down) {
  reasons_[host] = static_cast<std::uint8_t>(reasons_[host] + (down ? 1 : -1));
  if (reasons_[host] == (down ? 1 : 0)) next_.hosts.push_back(host);
}

Outages::Time Outages::after(Time now, double mean_s) {
  const double ticks = -std::log(draws_.uniform()) * mean_s * ticks_per_second_;
  return now + std::max<Time>(1, std::llround(ticks));
}

}  // namespace strata
