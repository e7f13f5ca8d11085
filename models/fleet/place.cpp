#include "models/fleet/place.h"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

#include "models/fleet/fnv.h"
#include "models/fleet/timers.h"

namespace strata {
namespace {

/// A running machine, when it ends: 16 bytes with its time.
struct Running {
  HostId host;
  std::uint32_t shape;
};

/// The fleet's state and its books. Every change of a host goes through take() and give().
class Fleet {
 public:
  Fleet(const FleetShape& shape, Placement& policy, FleetWatch* watch)
      : shape_(shape), policy_(policy), watch_(watch), free_(shape.hosts) {}

  FleetTotals totals;

  /// Adds up what runs until `at`.
  void advance(std::int64_t at) {
    totals.core_ticks += cores_ * (at - now_);
    totals.mib_ticks += mib_ * (at - now_);
    now_ = at;
  }

  void take(HostId host, std::uint32_t shape) {
    const Capacity& asked = shape_.shapes[shape];
    Capacity& free = free_[host];
    const Capacity before = free;
    free.cores -= asked.cores;
    free.mib -= asked.mib;
    cores_ += asked.cores;
    mib_ += asked.mib;
    if (++totals.running > totals.peak_running) totals.peak_running = totals.running;
    changed(host, before, free);
  }

  void give(HostId host, std::uint32_t shape) {
    const Capacity& asked = shape_.shapes[shape];
    Capacity& free = free_[host];
    const Capacity before = free;
    free.cores += asked.cores;
    free.mib += asked.mib;
    cores_ -= asked.cores;
    mib_ -= asked.mib;
    --totals.running;
    ++totals.ended;
    changed(host, before, free);
  }

  bool fits_on(HostId host, std::uint32_t shape) const {
    return host < free_.size() && fits(shape_.shapes[shape], free_[host]);
  }

  /// What each placed machine will have held by its end, kept apart from the integrals.
  void promise(std::uint32_t shape, std::int64_t life) {
    promised_cores_ += life * shape_.shapes[shape].cores;
    promised_mib_ += life * shape_.shapes[shape].mib;
  }

  void check() const {
    const auto require = [](bool held, const char* what, auto a, auto b) {
      if (!held)
        throw std::logic_error(
            fmt::format("the fleet's books do not balance: {}: {} against {}", what, a, b));
    };
    const FleetTotals& t = totals;
    require(t.arrived == t.running + t.ended + t.rejected, "arrived = running + ended + rejected",
            t.arrived, t.running + t.ended + t.rejected);
    require(t.placed + t.rejected == t.arrived, "placed + rejected = arrived",
            t.placed + t.rejected, t.arrived);
    require(cores_ == 0 && mib_ == 0, "nothing runs, nothing is held (cores, MiB)", cores_, mib_);
    for (std::size_t host = 0; host < free_.size(); ++host)
      require(free_[host] == shape_.hosts[host], "an empty host is all free (host, free cores)",
              host, free_[host].cores);
    require(t.core_ticks == promised_cores_, "core-ticks", t.core_ticks, promised_cores_);
    require(t.mib_ticks == promised_mib_, "MiB-ticks", t.mib_ticks, promised_mib_);
  }

 private:
  void changed(HostId host, const Capacity& before, const Capacity& after) {
    policy_.changed(host, before, after);
    if (watch_) watch_->changed(now_, host, before, after);
  }

  const FleetShape& shape_;
  Placement& policy_;
  FleetWatch* watch_;
  std::vector<Capacity> free_;
  std::int64_t now_ = 0, cores_ = 0, mib_ = 0;
  std::int64_t promised_cores_ = 0, promised_mib_ = 0;
};

}  // namespace

FleetTotals place(VmSource& source, const FleetShape& shape, Placement& policy,
                  std::vector<HostId>* hosts, FleetWatch* watch) {
  Fleet fleet(shape, policy, watch);
  FleetTotals& totals = fleet.totals;
  Timers<Running> departures;
  Timers<Running>::Entry leaving;
  const auto depart = [&](std::int64_t until) {
    while (departures.next(until, leaving)) {
      fleet.advance(leaving.at);
      fleet.give(leaving.what.host, leaving.what.shape);
      if (watch) watch->left(leaving.at, leaving.what.shape, leaving.what.host);
      totals.last_event = static_cast<std::uint64_t>(leaving.at);
    }
  };

  Fnv placements;
  VmRequest vm;
  std::int64_t now = 0;
  while (source.next(vm)) {
    if (vm.at < now || vm.life < 0 || vm.shape >= shape.shapes.size())
      throw std::invalid_argument(fmt::format(
          "request {}: at {} after {}, life {}, shape {} of {}: expected requests in order of time",
          totals.arrived, vm.at, now, vm.life, vm.shape, shape.shapes.size()));
    now = vm.at;
    depart(now);
    fleet.advance(now);
    const HostId host = policy.choose(vm.shape);
    if (hosts) hosts->push_back(host);
    if (host == kNoHost) {
      ++totals.rejected;
    } else {
      if (!fleet.fits_on(host, vm.shape))
        throw std::logic_error(
            fmt::format("the policy places request {} on host {}, where it does not fit",
                        totals.arrived, host));
      fleet.take(host, vm.shape);
      fleet.promise(vm.shape, vm.life);
      departures.push(now + vm.life, {host, vm.shape});
      if (watch) watch->placed(vm, totals.arrived, host);
      placements.word(totals.arrived);
      placements.word(host);
      ++totals.placed;
    }
    ++totals.arrived;
    totals.last_event = static_cast<std::uint64_t>(now);
  }
  depart(std::numeric_limits<std::int64_t>::max());
  totals.placement_hash = placements.value();
  fleet.check();
  return totals;
}

}  // namespace strata
