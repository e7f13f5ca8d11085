#pragma once

#include <cstdint>

#include "models/fleet/histogram.h"
#include "models/fleet/place.h"

namespace strata {

/// Two-level scheduling by resource offers, as Mesos has it (Hindman et al., NSDI 2011).
struct OfferSpec {
  std::uint32_t frameworks = 1;
  /// Ticks between rounds of offers; 0: a round at every request, which is placed there or
  /// rejected.
  std::int64_t interval = 0;
  /// Ticks for which what a framework refused of a host is not offered to it again.
  std::int64_t filter = 0;
  /// Ticks that a machine waits before it is rejected, in the next round; 0 when the interval is.
  std::int64_t patience = 0;
  PlacementPolicy inner;  ///< a framework's own choice among the hosts it was offered
};

struct OfferTotals {
  FleetTotals fleet;  ///< placed in order of time; its hash as place() makes it
  Histogram wait;     ///< of the placed, from the request to the offer that held it, ticks
  std::uint64_t rounds = 0;
  std::uint64_t offered = 0;  ///< hosts, to some framework
  std::uint64_t refused = 0;  ///< of those: hosts of which it took nothing
};

/// Plays requests on a fleet whose hosts belong to nobody. A request is of framework `batch` modulo
/// their number. In a round, hosts with something free are offered whole, in order of number, each
/// to the framework with the smallest dominant share (of cores or of memory, of what it holds and
/// was offered already in this round; Ghodsi et al., NSDI 2011) among those that have not refused
/// as much of that host within the filter's time. Each framework places what it waits for, first
/// asked first, on the hosts it was offered, and refuses the rest: what is left of those.
///
/// An offer is answered at once, and what it holds is nobody else's for the round only. Mesos'
/// defaults are rounds every second and a filter of 5 s (allocation_interval, refuse_seconds).
///
/// One thread; deterministic; a round takes time in proportion to hosts. Throws what place()
/// throws, and std::invalid_argument for no framework, times below 0, and patience without an
/// interval or an interval without patience.
OfferTotals place_by_offers(VmSource& source, const FleetShape& fleet, const OfferSpec& spec);

}  // namespace strata
