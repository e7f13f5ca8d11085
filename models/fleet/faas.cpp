#include "models/fleet/faas.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "models/fleet/faas_hosts.h"
#include "models/fleet/faas_idle_order.h"
#include "models/fleet/faas_instances.h"
#include "models/fleet/timers.h"

namespace strata {
namespace {

using Time = std::int64_t;
using App = FaasApps::App;
using Instance = FaasInstance;
using State = FaasInstance::State;
constexpr std::uint32_t kNone = FaasApps::kNone;
constexpr Time kSecond = 1'000'000, kHour = 3600 * kSecond;

struct Event {
  enum Kind : std::uint32_t { end, start, expire, prewarm, outage };
  std::uint32_t kind : 3;
  std::uint32_t who : 29;
  std::uint32_t stamp;
};

}  // namespace

class Faas::Platform {
 public:
  Platform(const std::vector<FunctionSpec>& functions, const FaasSetup& setup)
      : surface_(*setup.surface),
        apps_(functions, surface_.memory.marginal),
        hosts_(setup, apps_.shapes),
        keep_(setup.keep_alive.make(apps_.apps.size(), setup.keep_us)),
        idle_order_(setup.eviction, setup.hosts),
        outages_(setup.outages, setup.hosts, 1e6, setup.seed) {
    if (setup.outages.any()) timers_.push(outages_.next_at(), {Event::outage, 0, 0});
  }

  void call(const Invocation& c) {
    if (c.at_us < last_call_ || c.duration_us < 0 || c.function >= apps_.of.size())
      throw std::invalid_argument(fmt::format(
          "call {}: at {} us after {} us, duration {} us, function "
          "{} of {}: expected calls in "
          "order of time",
          totals.arrived, c.at_us, last_call_, c.duration_us, c.function, apps_.of.size()));
    last_call_ = c.at_us;
    until(c.at_us);
    now_ = c.at_us;
    ++totals.arrived;
    const std::uint32_t number = apps_.of[c.function];
    App& app = apps_[number];
    ++app.calls;
    if (app.busy == 0 && app.last_end >= 0) keep_->idle(number, c.at_us - app.last_end);
    const double gb = static_cast<double>(app.mib) * 1048576 / 1e9;
    const Time duration = std::max<Time>(1, c.duration_us);
    totals.billed_gb_1ms_s += gb * static_cast<double>((duration + 999) / 1000) / 1e3;
    totals.billed_gb_100ms_s += gb * static_cast<double>((duration + 99'999) / 100'000) / 10;
    const Time work = std::llround(static_cast<double>(duration) * surface_.slowdown);
    if (app.newest != kNone) {
      const std::uint32_t i = app.newest;
      take_idle(i, c.at_us);
      ++totals.warm;
      ++app.busy;
      totals.start_us.add(0);
      begin_work(i, c.at_us, work);
      return;
    }
    std::uint32_t i = app.waiting;
    if (i == kNone) i = load(number, c.at_us);
    if (i == kNone) {
      ++totals.rejected;
      return;
    }
    app.waiting = kNone;
    ++app.busy;
    ++app.cold;
    ++totals.cold;
    Instance& instance = instances_[i];
    instance.has_call = true;
    instance.call = c.at_us;
    instance.target = work;
  }

  /// Everything due until `now`.
  void until(Time now) {
    Timers<Event>::Entry entry;
    while (timers_.next(now, entry)) happen(entry.at, entry.what);
    sample(now);
  }

  /// Ends what runs; what is idle then is unloaded.
  void finish() {
    Timers<Event>::Entry entry;
    while (totals.ended + totals.rejected + totals.lost < totals.arrived &&
           timers_.next(std::numeric_limits<Time>::max(), entry))
      happen(entry.at, entry.what);
    const Time end = std::max(totals.last_us, now_);
    // Some may still be starting without a call; they end with the others,
    // having served nobody.
    for (std::uint32_t i = 0; i < instances_.size(); ++i) {
      if (instances_[i].state == State::idle) take_idle(i, end), unload(i, end);
      if (instances_[i].state == State::starting) {
        --hosts_.starting[instances_[i].host];
        unload(i, end);
      }
    }
    hosts_.population.advance(end);
    for (std::size_t h = 0; h < hosts_.size(); ++h) hosts_.progress(static_cast<HostId>(h), end);
    totals.peak = hosts_.population.peak();
    totals.integral = hosts_.population.integral();
    totals.most_instances = hosts_.population.most_instances();
    totals.most_hosts = hosts_.population.most_hosts();
    for (const App& app : apps_.apps)
      if (app.calls > 0) totals.apps_cold.add(std::llround(1000.0 * app.cold / app.calls));
    check();
  }

  FaasTotals totals;

 private:
  void happen(Time at, const Event& event) {
    sample(at);
    now_ = at;
    switch (static_cast<Event::Kind>(event.kind)) {
      case Event::end:
        return end_of_work(event.who, event.stamp, at);
      case Event::start: {
        ended_.clear();
        plan(hosts_.ended_starts({at, event.who, event.stamp}, ended_));
        for (const Starts::Ended& e : ended_) started(static_cast<std::uint32_t>(e.who), at);
        return;
      }
      case Event::expire:
        return expire(event.who, event.stamp, at);
      case Event::prewarm:
        return prewarm(event.who, event.stamp, at);
      case Event::outage:
        return outage(at);
    }
  }

  void sample(Time now) {
    for (; sampled_ + kSecond <= now; sampled_ += kSecond) {
      const std::int64_t used = hosts_.cores_used();
      const auto hour = static_cast<std::size_t>(sampled_ / kHour);
      totals.cores.add(used);
      if (hour >= totals.cores_by_hour.size()) totals.cores_by_hour.resize(hour + 1);
      totals.cores_by_hour[hour] += used;
    }
  }

  /// What runs on the host has changed: progress() came before.
  void settle(HostId host, Time now) { plan(hosts_.settled(host, now)); }

  /// A new instance begins to start, or kNone when there is no room.
  std::uint32_t load(std::uint32_t number, Time now) {
    App& app = apps_[number];
    HostId host = hosts_.choose(app.shape);
    if (host == kNoHost) host = make_room(apps_.asked_mib(app), now);
    if (host == kNoHost) return kNone;
    hosts_.take_memory(host, apps_.asked_mib(app));
    const std::uint32_t i = instances_.add(host, number, now);
    hosts_.progress(host, now);
    hosts_.population.add(now, host, app.mib);
    ++app.alive;
    ++hosts_.starting[host];
    plan(hosts_.begin_start(host, i, now));
    return i;
  }

  /// Ends idle instances until so much memory is free on a host, if that can
  /// be.
  HostId make_room(std::uint32_t mib, Time now) {
    if (!idle_order_.evicts()) return kNoHost;
    HostId host = kNoHost;
    for (const std::uint32_t i : idle_order_.victims(mib, hosts_.free_mib(), hosts_.gone())) {
      host = instances_[i].host;
      take_idle(i, now);
      unload(i, now);
      ++totals.evicted;
    }
    return host;
  }

  void plan(const Starts::Event& event) {
    if (event.host != kNoHost)
      timers_.push(std::max(event.at, now_), {Event::start, event.host, event.stamp});
  }

  void started(std::uint32_t i, Time now) {
    Instance& instance = instances_[i];
    const HostId host = instance.host;
    App& app = apps_[instance.app];
    hosts_.progress(host, now);
    --hosts_.starting[host];
    settle(host, now);
    if (instance.has_call) {
      totals.start_us.add(now - instance.call);
      totals.cold_us.add(now - instance.call);
      if (instance.restart) totals.restart_us.add(now - instance.loaded);
      begin_work(i, now, instance.target);
      return;
    }
    if (instance.restart) totals.restart_us.add(now - instance.loaded);
    if (app.waiting == i) app.waiting = kNone;
    idle(i, now, instance.until);
  }

  void begin_work(std::uint32_t i, Time now, Time work) {
    Instance& instance = instances_[i];
    const HostId host = instance.host;
    hosts_.progress(host, now);
    ++hosts_.running[host];
    settle(host, now);
    instance.state = State::busy;
    instance.since = now;
    instance.call = work * HostClock::kOne;
    instance.target = hosts_.virtual_time(host) + instance.call;
    timers_.push(now + work, {Event::end, i, instance.born});
  }

  void end_of_work(std::uint32_t i, std::uint32_t born, Time now) {
    Instance& instance = instances_[i];
    if (instance.born != born || instance.state != State::busy) return;  // its host failed
    const HostId host = instance.host;
    hosts_.progress(host, now);
    const Time left = instance.target - hosts_.virtual_time(host);
    if (left > 0) {  // others slowed it: the earliest it can end is at full pace
      timers_.push(now + (left + HostClock::kOne - 1) / HostClock::kOne,
                   {Event::end, i, instance.born});
      return;
    }
    overshot_ += static_cast<std::uint64_t>(-left);
    asked_ += static_cast<std::uint64_t>(instance.call);
    --hosts_.running[host];
    settle(host, now);
    const Time work = instance.call / HostClock::kOne;
    totals.stretch.add((now - instance.since) * 1000 / work);
    totals.busy_us += work;
    ++totals.ended;
    totals.last_us = now;
    App& app = apps_[instance.app];
    app.last_end = now;
    --app.busy;
    const KeepAliveWindow window = keep_->window(instance.app);
    if (window.prewarm_us > 0) {
      const std::uint32_t number = instance.app;
      unload(i, now);
      if (app.alive == 0)
        timers_.push(now + window.prewarm_us, {Event::prewarm, number, app.calls});
    } else if (window.keep_us > 0) {
      idle(i, now, now + window.keep_us);
    } else {
      unload(i, now);
    }
  }

  /// The instance waits for a call, at most until `limit`.
  void idle(std::uint32_t i, Time now, Time limit) {
    Instance& instance = instances_[i];
    App& app = apps_[instance.app];
    instance.state = State::idle;
    instance.since = now;
    instance.until = std::max(limit, now);
    instances_.push_idle(i, app);
    if (idle_order_.evicts()) {
      const std::uint32_t held = apps_.asked_mib(app);
      idle_order_.add(i, instance.host, held, {now, app.calls, surface_.alone_ns, held});
    }
    if (!instance.expiry_pending) {
      instance.expiry_pending = true;
      timers_.push(instance.until, {Event::expire, i, instance.born});
    }
  }

  void take_idle(std::uint32_t i, Time now) {
    Instance& instance = instances_[i];
    App& app = apps_[instance.app];
    instances_.take_idle(i, app);
    if (idle_order_.evicts()) idle_order_.remove(i);
    totals.idle_us += now - instance.since;
    totals.idle_mib_us += (now - instance.since) * app.mib;
  }

  /// One such event at most is pending of an instance; it is put off when the
  /// instance was used.
  void expire(std::uint32_t i, std::uint32_t born, Time now) {
    Instance& instance = instances_[i];
    if (instance.born != born || instance.state == State::free) return;
    instance.expiry_pending = false;
    if (instance.state != State::idle) return;
    if (instance.until > now) {
      instance.expiry_pending = true;
      timers_.push(instance.until, {Event::expire, i, born});
      return;
    }
    take_idle(i, now);
    unload(i, now);
  }

  void prewarm(std::uint32_t number, std::uint32_t calls, Time now) {
    App& app = apps_[number];
    if (app.calls != calls || app.alive > 0) return;  // it has been called meanwhile
    const std::uint32_t i = load(number, now);
    if (i == kNone) return;
    ++totals.prewarms;
    app.waiting = i;
    instances_[i].until = now + keep_->window(number).keep_us;
  }

  void outage(Time now) {
    const Outages::Change& change = outages_.next();
    if (change.down) ++(change.rack ? totals.rack_failures : totals.host_failures);
    for (const HostId host : change.hosts) hosts_.set_gone(host, change.down);
    if (change.down && !change.hosts.empty()) fail(change.hosts, now);
    outages_.advance();
    timers_.push(outages_.next_at(), {Event::outage, 0, 0});
  }

  /// Their calls are lost, their instances are started elsewhere.
  void fail(const std::vector<HostId>& hosts, Time now) {
    std::vector<std::uint32_t> apps;
    for (std::uint32_t i = 0; i < instances_.size(); ++i)
      if (instances_[i].state != State::free &&
          std::binary_search(hosts.begin(), hosts.end(), instances_[i].host)) {
        apps.push_back(instances_[i].app);
        lose(i, now);
      }
    totals.failed += apps.size();
    for (const std::uint32_t number : apps) {
      const std::uint32_t i = load(number, now);
      if (i == kNone) continue;
      ++totals.restarts;
      instances_[i].restart = true;
      instances_[i].until = now + keep_->window(number).keep_us;
      if (apps_[number].waiting == kNone) apps_[number].waiting = i;
    }
  }

  void lose(std::uint32_t i, Time now) {
    Instance& instance = instances_[i];
    App& app = apps_[instance.app];
    const HostId host = instance.host;
    const bool serves =
        instance.state == State::busy || (instance.state == State::starting && instance.has_call);
    if (instance.state == State::idle) {
      take_idle(i, now);
    } else if (instance.state == State::starting) {
      hosts_.progress(host, now);
      --hosts_.starting[host];
    } else {
      hosts_.progress(host, now);
      --hosts_.running[host];
      // What it had done is in the progress of the host's cores.
      asked_ +=
          static_cast<std::uint64_t>(instance.call - (instance.target - hosts_.virtual_time(host)));
    }
    if (serves) {
      ++totals.lost;
      --app.busy;
      app.last_end = now;
      totals.last_us = now;
    }
    unload(i, now);
  }

  void unload(std::uint32_t i, Time now) {
    Instance& instance = instances_[i];
    const HostId host = instance.host;
    App& app = apps_[instance.app];
    hosts_.progress(host, now);
    hosts_.population.remove(now, host, app.mib);
    lived_ += now - instance.loaded;
    hosts_.free_memory(host, apps_.asked_mib(app));
    --app.alive;
    if (app.waiting == i) app.waiting = kNone;
    instances_.remove(i);
    settle(host, now);
  }

  void check() const {
    const auto require = [](bool held, const char* what, auto a, auto b) {
      if (!held)
        throw std::logic_error(
            fmt::format("the fleet's books do not balance: {}: {} against {}", what, a, b));
    };
    const FaasTotals& t = totals;
    require(t.arrived == t.ended + t.rejected + t.lost, "arrived = ended + rejected + lost",
            t.arrived, t.ended + t.rejected + t.lost);
    require(t.arrived == t.cold + t.warm + t.rejected, "arrived = cold + warm + rejected",
            t.arrived, t.cold + t.warm + t.rejected);
    require(hosts_.population.now().instances == 0, "no instance is left",
            hosts_.population.now().instances, 0);
    require(hosts_.population.now().function_mib == 0, "no memory is left",
            hosts_.population.now().function_mib, 0);
    require(t.integral.instances == lived_, "instances' time", t.integral.instances, lived_);
    require(hosts_.progressed() == asked_ + overshot_, "progress on the cores", hosts_.progressed(),
            asked_ + overshot_);
    const std::uint64_t tick = HostClock::kOne;
    require(overshot_ <= t.ended * tick, "calls end within a microsecond", overshot_,
            t.ended * tick);
  }

  const Surface& surface_;
  FaasApps apps_;
  FaasInstances instances_;
  FaasHosts hosts_;
  std::unique_ptr<KeepAlive> keep_;
  FaasIdleOrder idle_order_;
  Outages outages_;
  Timers<Event> timers_;
  std::vector<Starts::Ended> ended_;
  Time now_ = 0, sampled_ = 0, last_call_ = 0;
  std::int64_t lived_ = 0;
  std::uint64_t asked_ = 0, overshot_ = 0;  ///< virtual time, modulo 2^64
};

Faas::Faas(const std::vector<FunctionSpec>& functions, const FaasSetup& setup)
    : platform_(std::make_unique<Platform>(functions, setup)) {}
Faas::~Faas() = default;
Faas::Faas(Faas&&) noexcept = default;

void Faas::call(const Invocation& c) { platform_->call(c); }

FaasTotals Faas::finish() {
  platform_->finish();
  return std::move(platform_->totals);
}

FaasTotals serve(InvocationSource& source, const FaasSetup& setup) {
  Faas faas(source.functions(), setup);
  Invocation call;
  while (source.next(call)) faas.call(call);
  return faas.finish();
}

}  // namespace strata
