#include "models/fleet/restarts.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "models/fleet/population.h"
#include "models/fleet/starts.h"

namespace strata {
namespace {

using Time = std::int64_t;
constexpr Time kUp = -1;

struct Instance {
  HostId host = kNoHost;    ///< kNoHost: it waits for room
  Time down_since = kUp;    ///< kUp: it runs
  std::uint32_t storm = 0;  ///< the failure that it comes back from
};

/// A failure's instances that are not back yet.
struct Storm {
  Time begin = 0;
  std::uint64_t left = 0;
};

struct Due {
  HostId host;
  std::uint32_t stamp;
};

class Fleet {
 public:
  explicit Fleet(const RestartSpec& spec)
      : spec_(spec),
        room_(room_of(spec)),
        starts_(spec.surface->boot, spec.hosts, 1000),
        ranks_(spec.seed, "fleet.restart"),
        outages_(spec.outages, spec.hosts, 1e6, spec.seed),
        on_(spec.hosts),
        free_(spec.hosts, room_),
        gone_since_(spec.hosts, kUp) {
    if (room_ < spec.per_host)
      throw std::invalid_argument(
          fmt::format("{} instances a host: it has room for {}", spec.per_host, room_));
    FleetShape shape;
    shape.hosts.assign(spec.hosts, {room_, room_});
    shape.shapes = {{1, 1}};
    shape.seed = spec.seed;
    policy_ = spec.placement.make(shape);
    instances_.resize(spec.hosts * spec.per_host);
    for (std::uint32_t i = 0; i < instances_.size(); ++i) {
      const auto host = static_cast<HostId>(i / spec.per_host);
      instances_[i].host = host;
      on_[host].push_back(i);
      set_free(host, free_[host] - 1);
    }
  }

  RestartTotals play() {
    while (outages_.next_at() <= spec_.span_us) {
      ends_until(outages_.next_at());
      const Outages::Change& change = outages_.next();
      if (change.down) {
        ++(change.rack ? totals_.rack_failures : totals_.host_failures);
        fail(change);
      } else {
        come_back(change);
      }
      outages_.advance();
    }
    ends_until(spec_.span_us);
    finish();
    return std::move(totals_);
  }

 private:
  /// Instances that fit a host by its ledger, or by what the caller says if that is fewer.
  static std::uint32_t room_of(const RestartSpec& spec) {
    const Footprint& f = spec.surface->memory;
    const Time free = spec.surface->host_memory - f.fixed - Holding::shared(f);
    const Time each = f.marginal + (static_cast<Time>(spec.mib) << 20);
    const Time fit = each > 0 ? free / each : std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<Time>(fit, 0, spec.room));
  }

  /// What is free is told the policy, which thinks of a host that is gone as full.
  void set_free(HostId host, std::uint32_t free) {
    const std::uint32_t before = gone_since_[host] == kUp ? free_[host] : 0;
    free_[host] = free;
    tell(host, before, gone_since_[host] == kUp ? free : 0);
  }
  void tell(HostId host, std::uint32_t before, std::uint32_t after) {
    if (before != after) policy_->changed(host, {before, before}, {after, after});
  }

  void fail(const Outages::Change& change) {
    std::vector<std::uint32_t> lost;
    for (const HostId host : change.hosts) {
      tell(host, free_[host], 0);
      gone_since_[host] = change.at;
      const std::uint32_t in_flight = starts_.in_flight(host);
      starts_.lose(host);
      totals_.again += in_flight;
      starting_ -= in_flight;
      lost.insert(lost.end(), on_[host].begin(), on_[host].end());
      on_[host].clear();
      free_[host] = room_;
    }
    if (lost.empty()) return;
    const auto storm = static_cast<std::uint32_t>(storms_.size());
    storms_.push_back({change.at, lost.size()});
    totals_.lost += lost.size();
    for (const std::uint32_t i : lost) {
      Instance& instance = instances_[i];
      if (instance.down_since == kUp) {
        instance.down_since = change.at;
      } else {
        leave_storm(instance.storm, change.at);
      }
      instance.storm = storm;
      instance.host = kNoHost;
      waiting_.push_back(i);
    }
    start_waiting(change.at);
    totals_.waited += std::min(lost.size(), waiting_.size());
  }

  void come_back(const Outages::Change& change) {
    for (const HostId host : change.hosts) {
      totals_.hosts_down_us += change.at - gone_since_[host];
      gone_since_[host] = kUp;
      tell(host, 0, free_[host]);
    }
    start_waiting(change.at);
  }

  void start_waiting(Time now) {
    while (!waiting_.empty()) {
      const HostId host = policy_->choose(0);
      if (host == kNoHost) return;
      if (host >= free_.size() || gone_since_[host] != kUp || free_[host] == 0)
        throw std::logic_error(
            fmt::format("the policy restarts an instance on host {}, where no room is", host));
      const std::uint32_t i = waiting_.front();
      waiting_.pop_front();
      const std::uint32_t in_flight = starts_.in_flight(host);
      const auto running = static_cast<double>(on_[host].size()) - in_flight;
      instances_[i].host = host;
      on_[host].push_back(i);
      set_free(host, free_[host] - 1);
      ++totals_.begun;
      totals_.most_starting = std::max(totals_.most_starting, ++starting_);
      plan(starts_.begin(now, host, i, ranks_.uniform(), running));
    }
  }

  void plan(const Starts::Event& event) {
    if (event.host != kNoHost) timers_.push(event.at, {event.host, event.stamp});
  }

  void ends_until(Time now) {
    Timers<Due>::Entry due;
    while (timers_.next(now, due)) {
      ended_.clear();
      plan(starts_.due({due.at, due.what.host, due.what.stamp}, ended_));
      for (const Starts::Ended& e : ended_) {
        Instance& instance = instances_[e.who];
        ++totals_.ended;
        --starting_;
        totals_.back_us.add(due.at - instance.down_since);
        totals_.instances_down_us += due.at - instance.down_since;
        instance.down_since = kUp;
        leave_storm(instance.storm, due.at);
      }
    }
  }

  /// A storm is over when the last of its instances runs, or is another's.
  void leave_storm(std::uint32_t number, Time now) {
    Storm& storm = storms_[number];
    if (--storm.left == 0) totals_.storm_us.add(now - storm.begin);
  }

  void finish() {
    for (const Time since : gone_since_)
      if (since != kUp) totals_.hosts_down_us += spec_.span_us - since;
    totals_.starting = starting_;
    totals_.waiting = waiting_.size();
    std::uint64_t down = 0, placed = 0;
    for (const Instance& instance : instances_) {
      if (instance.down_since == kUp) continue;
      ++down;
      totals_.instances_down_us += spec_.span_us - instance.down_since;
    }
    for (const auto& list : on_) placed += list.size();
    const auto require = [](bool held, const char* what, auto a, auto b) {
      if (!held)
        throw std::logic_error(
            fmt::format("the fleet's books do not balance: {}: {} against {}", what, a, b));
    };
    const RestartTotals& t = totals_;
    require(placed + t.waiting == instances_.size(), "every instance is on a host or waits",
            placed + t.waiting, instances_.size());
    require(down == t.starting + t.waiting, "what is down starts or waits", down,
            t.starting + t.waiting);
    require(t.begun == t.ended + t.again + t.starting, "restarts", t.begun,
            t.ended + t.again + t.starting);
    require(t.lost == t.begun + t.waiting, "what was lost is restarted or waits", t.lost,
            t.begun + t.waiting);
  }

  const RestartSpec& spec_;
  const std::uint32_t room_;
  Starts starts_;
  Stream ranks_;
  Outages outages_;
  std::unique_ptr<Placement> policy_;
  std::vector<Instance> instances_;
  std::vector<std::vector<std::uint32_t>> on_;  ///< instances by host
  std::vector<std::uint32_t> free_;             ///< by host: room
  std::vector<Time> gone_since_;                ///< by host; kUp: it is there
  std::deque<std::uint32_t> waiting_;
  std::vector<Storm> storms_;
  Timers<Due> timers_;
  std::vector<Starts::Ended> ended_;
  std::uint32_t starting_ = 0;
  RestartTotals totals_;
};

}  // namespace

RestartTotals play_restarts(const RestartSpec& spec) { return Fleet(spec).play(); }

}  // namespace strata
