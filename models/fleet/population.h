#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/host/footprint.h"
#include "models/study/placement.h"

namespace strata {

/// What the memory of a fleet of one stack follows from: on each host the stack's ledger is linear
/// in these counts, because instances of one stack are alike. So memory is exact to the byte, and
/// another draw of the ledger's numbers needs no other run.
struct Holding {
  std::int64_t instances = 0;
  std::int64_t hosts = 0;         ///< with an instance, hence with what instances share
  std::int64_t function_mib = 0;  ///< of functions, beyond what the stack holds

  /// Resident bytes of `all` hosts that hold this.
  std::int64_t bytes(const Footprint& f, std::int64_t all) const {
    return f.fixed * all + shared(f) * hosts + f.marginal * instances + (function_mib << 20);
  }
  /// What instances of one host share: resident once.
  static std::int64_t shared(const Footprint& f) { return f.first - f.fixed - f.marginal; }
};

/// The hosts' instances now, at the fleet's peak, and added up over time. 4 bytes a host.
class Population {
 public:
  using Time = std::int64_t;  ///< ticks of the caller's

  Population(std::size_t hosts, const Footprint& footprint)
      : footprint_(footprint), on_(hosts, 0) {}

  std::uint32_t on(HostId host) const { return on_[host]; }
  const Holding& now() const { return now_; }
  const Holding& peak() const { return peak_; }          ///< when most bytes were resident
  const Holding& integral() const { return integral_; }  ///< counts times ticks
  std::int64_t most_instances() const { return most_instances_; }
  std::int64_t most_hosts() const { return most_hosts_; }

  void advance(Time at) {
    integral_.instances += now_.instances * (at - at_);
    integral_.hosts += now_.hosts * (at - at_);
    integral_.function_mib += now_.function_mib * (at - at_);
    at_ = at;
  }

  void add(Time at, HostId host, std::int64_t mib = 0) {
    advance(at);
    if (on_[host]++ == 0) ++now_.hosts;
    ++now_.instances;
    now_.function_mib += mib;
    most_instances_ = std::max(most_instances_, now_.instances);
    most_hosts_ = std::max(most_hosts_, now_.hosts);
    const std::int64_t bytes = now_.bytes(footprint_, 0);
    if (bytes > peak_bytes_) peak_bytes_ = bytes, peak_ = now_;
  }

  void remove(Time at, HostId host, std::int64_t mib = 0) {
    advance(at);
    if (--on_[host] == 0) --now_.hosts;
    --now_.instances;
    now_.function_mib -= mib;
  }

 private:
  Footprint footprint_;
  std::vector<std::uint32_t> on_;
  Holding now_, peak_, integral_;
  std::int64_t peak_bytes_ = -1, most_instances_ = 0, most_hosts_ = 0;
  Time at_ = 0;
};

}  // namespace strata
