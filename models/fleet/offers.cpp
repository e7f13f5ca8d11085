#include "models/fleet/offers.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "models/fleet/fnv.h"
#include "models/fleet/timers.h"

namespace strata {
namespace {

using Time = std::int64_t;

struct Waiting {
  VmRequest vm;
  std::uint64_t number;
};

struct Running {
  HostId host;
  std::uint32_t shape, framework;
};

/// What a framework refused of a host, and until when that holds.
struct Refusal {
  Capacity what;
  Time until = -1;
};

struct Framework {
  std::unique_ptr<Placement> policy;  ///< of hosts it was not offered it thinks as full
  std::vector<Waiting> waiting;
  std::vector<Refusal> refusals;                    ///< by host
  std::vector<HostId> offered;                      ///< in this round
  std::int64_t cores = 0, mib = 0;                  ///< held
  std::int64_t offered_cores = 0, offered_mib = 0;  ///< in this round
};

class Master {
 public:
  Master(const FleetShape& fleet, const OfferSpec& spec)
      : fleet_(fleet), spec_(spec), free_(fleet.hosts) {
    if (spec.frameworks == 0 || spec.interval < 0 || spec.filter < 0 || spec.patience < 0)
      throw std::invalid_argument("offers: at least one framework, and no time below 0");
    if ((spec.interval == 0) != (spec.patience == 0))
      throw std::invalid_argument("offers: an interval needs patience, and patience an interval");
    for (const Capacity& host : fleet.hosts) all_cores_ += host.cores, all_mib_ += host.mib;
    for (std::uint32_t f = 0; f < spec.frameworks; ++f) {
      Framework& framework = frameworks_.emplace_back();
      framework.policy = spec.inner.make(fleet);
      framework.refusals.resize(fleet.hosts.size());
      for (HostId host = 0; host < fleet.hosts.size(); ++host)
        framework.policy->changed(host, fleet.hosts[host], {});
    }
  }

  OfferTotals play(VmSource& source) {
    VmRequest vm;
    for (bool more = source.next(vm); more || waiting_ > 0;) {
      const Time round = next_round();
      if (more && vm.at < now_) refuse_request(vm);
      if (more && vm.at <= round) {
        if (vm.life < 0 || vm.shape >= fleet_.shapes.size()) refuse_request(vm);
        go_to(vm.at);
        frameworks_[vm.batch % spec_.frameworks].waiting.push_back({vm, totals_.fleet.arrived++});
        ++waiting_;
        totals_.fleet.last_event = static_cast<std::uint64_t>(now_);
        if (spec_.interval == 0) hold_round();
        more = source.next(vm);
      } else {
        go_to(round);
        hold_round();
      }
    }
    go_to(std::numeric_limits<Time>::max());
    totals_.fleet.placement_hash = placements_.value();
    check();
    return std::move(totals_);
  }

 private:
  [[noreturn]] void refuse_request(const VmRequest& vm) const {
    throw std::invalid_argument(fmt::format(
        "request {}: at {} after {}, life {}, shape {} of {}: expected requests in order of time",
        totals_.fleet.arrived, vm.at, now_, vm.life, vm.shape, fleet_.shapes.size()));
  }

  /// Rounds are held whether or not anybody waits: who wants nothing refuses, too.
  Time next_round() const {
    if (spec_.interval == 0) return std::numeric_limits<Time>::max();
    return last_round_ < 0 ? 0 : last_round_ + spec_.interval;
  }

  /// What leaves until then leaves.
  void go_to(Time at) {
    Timers<Running>::Entry leaving;
    while (departures_.next(at, leaving)) {
      advance(leaving.at);
      const Running& r = leaving.what;
      const Capacity& asked = fleet_.shapes[r.shape];
      move(frameworks_[r.framework], r.host, asked, -1);
      ++totals_.fleet.ended;
      --totals_.fleet.running;
      totals_.fleet.last_event = static_cast<std::uint64_t>(leaving.at);
    }
    if (at != std::numeric_limits<Time>::max()) advance(at);
  }

  void advance(Time at) {
    totals_.fleet.core_ticks += cores_ * (at - now_);
    totals_.fleet.mib_ticks += mib_ * (at - now_);
    now_ = at;
  }

  /// A machine comes (1) to a host or leaves it (-1).
  void move(Framework& framework, HostId host, const Capacity& asked, int sign) {
    const std::int64_t cores = sign * std::int64_t{asked.cores};
    const std::int64_t mib = sign * std::int64_t{asked.mib};
    free_[host].cores = static_cast<std::uint32_t>(free_[host].cores - cores);
    free_[host].mib = static_cast<std::uint32_t>(free_[host].mib - mib);
    framework.cores += cores;
    framework.mib += mib;
    cores_ += cores;
    mib_ += mib;
  }

  void hold_round() {
    ++totals_.rounds;
    last_round_ = now_;
    offer();
    for (std::uint32_t f = 0; f < frameworks_.size(); ++f) answer(f);
  }

  void offer() {
    for (HostId host = 0; host < free_.size(); ++host) {
      const Capacity& free = free_[host];
      if (free.cores == 0 && free.mib == 0) continue;
      Framework* to = nullptr;
      double least = 0;
      for (Framework& f : frameworks_) {
        const Refusal& refused = f.refusals[host];
        if (refused.until > now_ && fits(free, refused.what)) continue;
        const double share = std::max(static_cast<double>(f.cores + f.offered_cores) / all_cores_,
                                      static_cast<double>(f.mib + f.offered_mib) / all_mib_);
        if (!to || share < least) to = &f, least = share;
      }
      if (!to) continue;
      ++totals_.offered;
      to->offered.push_back(host);
      to->offered_cores += free.cores;
      to->offered_mib += free.mib;
    }
  }

  void answer(std::uint32_t number) {
    Framework& f = frameworks_[number];
    if (f.waiting.empty())
      totals_.refused += f.offered.size();
    else
      place_waiting(number);
    for (const HostId host : f.offered) f.refusals[host] = {free_[host], now_ + spec_.filter};
    f.offered.clear();
    f.offered_cores = f.offered_mib = 0;
  }

  void place_waiting(std::uint32_t number) {
    Framework& f = frameworks_[number];
    std::vector<Capacity> were;
    for (const HostId host : f.offered) {
      were.push_back(free_[host]);
      f.policy->changed(host, {}, free_[host]);
    }
    std::vector<bool> full(fleet_.shapes.size(), false);  // what fits nowhere is not tried again
    std::vector<Waiting> still;
    for (const Waiting& w : f.waiting) {
      const HostId host = full[w.vm.shape] ? kNoHost : f.policy->choose(w.vm.shape);
      if (host != kNoHost) {
        place(number, w, host);
        continue;
      }
      full[w.vm.shape] = true;
      if (now_ - w.vm.at >= spec_.patience) {
        ++totals_.fleet.rejected;
        --waiting_;
      } else {
        still.push_back(w);
      }
    }
    f.waiting = std::move(still);
    for (std::size_t i = 0; i < f.offered.size(); ++i) {
      const HostId host = f.offered[i];
      if (free_[host] == were[i]) ++totals_.refused;
      f.policy->changed(host, free_[host], {});
    }
  }

  void place(std::uint32_t number, const Waiting& w, HostId host) {
    Framework& f = frameworks_[number];
    const Capacity& asked = fleet_.shapes[w.vm.shape];
    if (host >= free_.size() || !fits(asked, free_[host]) ||
        !std::binary_search(f.offered.begin(), f.offered.end(), host))
      throw std::logic_error(
          fmt::format("the policy places request {} on host {}, which was not offered or where it "
                      "does not fit",
                      w.number, host));
    const Capacity before = free_[host];
    move(f, host, asked, 1);
    f.policy->changed(host, before, free_[host]);
    departures_.push(now_ + w.vm.life, {host, w.vm.shape, number});
    promised_cores_ += w.vm.life * asked.cores;
    promised_mib_ += w.vm.life * asked.mib;
    placements_.word(w.number);
    placements_.word(host);
    totals_.wait.add(now_ - w.vm.at);
    FleetTotals& t = totals_.fleet;
    ++t.placed;
    t.peak_running = std::max(t.peak_running, ++t.running);
    --waiting_;
  }

  void check() const {
    const auto require = [](bool held, const char* what, auto a, auto b) {
      if (!held)
        throw std::logic_error(
            fmt::format("the fleet's books do not balance: {}: {} against {}", what, a, b));
    };
    const FleetTotals& t = totals_.fleet;
    require(t.arrived == t.running + t.ended + t.rejected, "arrived = running + ended + rejected",
            t.arrived, t.running + t.ended + t.rejected);
    require(free_ == fleet_.hosts, "an empty host is all free (cores, MiB held)", cores_, mib_);
    require(t.core_ticks == promised_cores_, "core-ticks", t.core_ticks, promised_cores_);
    require(t.mib_ticks == promised_mib_, "MiB-ticks", t.mib_ticks, promised_mib_);
  }

  const FleetShape& fleet_;
  const OfferSpec& spec_;
  std::vector<Capacity> free_;
  std::vector<Framework> frameworks_;
  Timers<Running> departures_;
  Fnv placements_;
  double all_cores_ = 0, all_mib_ = 0;
  std::uint64_t waiting_ = 0;
  Time now_ = 0, last_round_ = -1;
  std::int64_t cores_ = 0, mib_ = 0, promised_cores_ = 0, promised_mib_ = 0;
  OfferTotals totals_;
};

}  // namespace

OfferTotals place_by_offers(VmSource& source, const FleetShape& fleet, const OfferSpec& spec) {
  return Master(fleet, spec).play(source);
}

}  // namespace strata
