#include "models/fleet/stranding.h"

#include <algorithm>

namespace strata {

Stranding::Stranding(const FleetShape& fleet) : hosts_(fleet.hosts) {
  for (const Capacity& shape : fleet.shapes) {
    const bool other_is_below =
        std::any_of(fleet.shapes.begin(), fleet.shapes.end(), [&shape](const Capacity& other) {
          return other != shape && fits(other, shape);
        });
    if (!other_is_below) smallest_.push_back(shape);
  }
  for (const Capacity& host : hosts_) {
    has.cores += host.cores;
    has.mib += host.mib;
    // A host too small for any shape is stranded from the beginning.
    if (closed(host)) stranded_.cores += host.cores, stranded_.mib += host.mib;
  }
}

bool Stranding::closed(const Capacity& free) const {
  return std::none_of(smallest_.begin(), smallest_.end(),
                      [&free](const Capacity& shape) { return fits(shape, free); });
}

void Stranding::advance(std::int64_t at) {
  if (!started_) begin = last = at;
  started_ = true;
  used_ticks.cores += used_.cores * (at - last);
  used_ticks.mib += used_.mib * (at - last);
  stranded_ticks.cores += stranded_.cores * (at - last);
  stranded_ticks.mib += stranded_.mib * (at - last);
  last = at;
}

void Stranding::changed(std::int64_t at, HostId host, const Capacity& before,
                        const Capacity& after) {
  advance(at);
  const Capacity& all = hosts_[host];
  in_use_ -= before != all;
  in_use_ += after != all;
  used_.cores += std::int64_t{before.cores} - after.cores;
  used_.mib += std::int64_t{before.mib} - after.mib;
  if (closed(before)) stranded_.cores -= before.cores, stranded_.mib -= before.mib;
  if (closed(after)) stranded_.cores += after.cores, stranded_.mib += after.mib;
  most_hosts = std::max(most_hosts, in_use_);
  most_used.mib = std::max(most_used.mib, used_.mib);
  if (used_.cores > most_used.cores) {
    most_used.cores = used_.cores;
    stranded_at_peak = stranded_;
  }
}

}  // namespace strata
