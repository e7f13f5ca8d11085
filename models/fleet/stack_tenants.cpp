#include "models/fleet/stack_tenants.h"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

namespace strata {

StackTenants::StackTenants(const Surface& surface, std::size_t hosts, double ns_per_tick,
                           std::uint64_t seed)
    : surface_(surface),
      population_(hosts, surface.memory),
      starts_(surface_.boot, hosts, ns_per_tick),
      ranks_(seed, "fleet.start") {}

void StackTenants::placed(const VmRequest& request, std::uint64_t number, HostId host) {
  until(request.at);
  const std::uint32_t there = population_.on(host), starting = starts_.in_flight(host);
  population_.add(request.at, host);
  promised_ += request.life;
  ++begun_;
  take(starts_.begin(request.at, host, number, ranks_.uniform(),
                     there > starting ? there - starting : 0));
}

void StackTenants::left(std::int64_t at, std::uint32_t, HostId host) {
  until(at);
  population_.remove(at, host);
  const std::uint32_t there = population_.on(host), starting = starts_.in_flight(host);
  if (starting > 0) take(starts_.changed(at, host, there > starting ? there - starting : 0, 1));
}

void StackTenants::finish() {
  until(std::numeric_limits<std::int64_t>::max());
  if (boots_.count() != begun_)
    throw std::logic_error(fmt::format(
        "the fleet's books do not balance: {} starts began, {} ended", begun_, boots_.count()));
  if (population_.now().instances != 0 || population_.integral().instances != promised_)
    throw std::logic_error(
        fmt::format("the fleet's books do not balance: instance-ticks {} against {}",
                    population_.integral().instances, promised_));
}

void StackTenants::until(std::int64_t now) {
  Timers<Due>::Entry entry;
  while (timers_.next(now, entry)) {
    ended_.clear();
    take(starts_.due({entry.at, entry.what.host, entry.what.stamp}, ended_));
    for (const Starts::Ended& e : ended_) {
      boots_.add(static_cast<std::int64_t>(e.latency_ns + 0.5));
      if (latencies) {
        if (latencies->size() <= e.who) latencies->resize(e.who + 1, 0);
        (*latencies)[e.who] = e.latency_ns;
      }
    }
  }
}

void StackTenants::take(const Starts::Event& event) {
  if (event.host != kNoHost) timers_.push(event.at, {event.host, event.stamp});
}

}  // namespace strata
