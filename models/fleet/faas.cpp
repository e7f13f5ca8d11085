#include "models/fleet/faas.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

#include "models/base/random.h"
#include "models/fleet/host_clock.h"
#include "models/fleet/starts.h"
#include "models/fleet/timers.h"

namespace strata {
namespace {

using Time = std::int64_t;
constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::uint32_t kMibStep = 32;  ///< to which placement rounds memory up
constexpr std::int64_t kMilli = 1000;   ///< of a core
constexpr Time kSecond = 1'000'000;

enum class State : std::uint8_t { free, starting, busy, idle };

struct Instance {
  HostId host = kNoHost;
  std::uint32_t app = 0;
  std::uint32_t newer = kNone, older = kNone;  ///< idle ones of its application
  std::uint32_t born = 0;                      ///< how often this slot was used before
  State state = State::free;
  bool expiry_pending = false;
  bool has_call = false;
  Time loaded = 0;  ///< when it began to start
  Time since = 0;   ///< of this state
  Time until = 0;   ///< idle: when it is unloaded; loaded before a call: how long it is kept
  Time call = 0;    ///< starting with a call: when that came; busy: work in virtual time
  Time target = 0;  ///< starting: the call's duration; busy: virtual time at which it ends
};
static_assert(sizeof(Instance) <= 64);

struct App {
  std::uint32_t newest = kNone, oldest = kNone;  ///< idle instances
  std::uint32_t alive = 0, busy = 0;
  std::uint32_t waiting = kNone;  ///< an instance that starts and has no call yet
  std::uint32_t calls = 0, cold = 0;
  std::uint32_t shape = 0, mib = 0;
  Time last_end = -1;
};

struct Event {
  enum Kind : std::uint32_t { end, start, expire, prewarm };
  std::uint32_t kind : 2;
  std::uint32_t who : 30;
  std::uint32_t stamp;
};

}  // namespace

class Faas::Platform {
 public:
  Platform(const std::vector<FunctionSpec>& functions, const FaasSetup& setup)
      : setup_(setup),
        surface_(*setup.surface),
        cores_(surface_.host_cores * kMilli),
        per_call_(std::llround(setup.cpu_share * kMilli)),
        per_start_(std::llround(surface_.boot_cores * kMilli)),
        per_instance_micro_(std::llround(surface_.housekeeping * kMilli * 1000)),
        population_(setup.hosts, surface_.memory),
        starts_(surface_.boot, setup.hosts, 1000),
        clocks_(setup.hosts),
        starting_(setup.hosts, 0),
        running_(setup.hosts, 0),
        ranks_(setup.seed, "faas.start") {
    number_apps(functions);
    const std::int64_t for_instances =
        surface_.host_memory - surface_.memory.fixed - Holding::shared(surface_.memory);
    const Capacity all{static_cast<std::uint32_t>(setup.fill * surface_.host_cores),
                       static_cast<std::uint32_t>(std::max<std::int64_t>(0, for_instances >> 20))};
    FleetShape shape;
    shape.hosts.assign(setup.hosts, all);
    shape.shapes = shapes_;
    shape.seed = setup.seed;
    free_mib_.assign(setup.hosts, all.mib);
    told_.assign(setup.hosts, all);
    dirty_.assign(setup.hosts, false);
    policy_ = setup.placement.make(shape);
    keep_ = setup.keep_alive.make(apps_.size(), setup.keep_us);
  }

  void call(const Invocation& c) {
    if (c.at_us < last_call_ || c.duration_us < 0 || c.function >= app_of_.size())
      throw std::invalid_argument(fmt::format(
          "call {}: at {} us after {} us, duration {} us, function {} of {}: expected calls in "
          "order of time",
          totals.arrived, c.at_us, last_call_, c.duration_us, c.function, app_of_.size()));
    last_call_ = c.at_us;
    until(c.at_us);
    now_ = c.at_us;
    ++totals.arrived;
    const std::uint32_t number = app_of_[c.function];
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
    while (totals.ended + totals.rejected < totals.arrived &&
           timers_.next(std::numeric_limits<Time>::max(), entry))
      happen(entry.at, entry.what);
    const Time end = std::max(totals.last_us, now_);
    // Some may still be starting without a call; they end with the others, having served nobody.
    for (std::uint32_t i = 0; i < instances_.size(); ++i) {
      if (instances_[i].state == State::idle) take_idle(i, end), unload(i, end);
      if (instances_[i].state == State::starting) {
        --starting_[instances_[i].host];
        unload(i, end);
      }
    }
    population_.advance(end);
    for (std::size_t h = 0; h < clocks_.size(); ++h) progress(static_cast<HostId>(h), end);
    totals.peak = population_.peak();
    totals.integral = population_.integral();
    totals.most_instances = population_.most_instances();
    totals.most_hosts = population_.most_hosts();
    for (const App& app : apps_)
      if (app.calls > 0) totals.apps_cold.add(std::llround(1000.0 * app.cold / app.calls));
    check();
  }

  FaasTotals totals;

 private:
  void number_apps(const std::vector<FunctionSpec>& functions) {
    std::map<std::string, std::uint32_t> numbers;
    for (const FunctionSpec& f : functions) {
      const auto [it, fresh] = numbers.try_emplace(f.app.empty() ? "function " + f.id : f.app,
                                                   static_cast<std::uint32_t>(apps_.size()));
      if (fresh) apps_.emplace_back();
      apps_[it->second].mib += f.mib;
      app_of_.push_back(it->second);
    }
    // Placement knows memory in steps, with a core to spare (even shapes) and without (odd ones).
    const auto own = static_cast<std::uint32_t>((surface_.memory.marginal + (1 << 20) - 1) >> 20);
    std::map<std::uint32_t, std::uint32_t> known;
    for (App& app : apps_) {
      const std::uint32_t asked = (own + app.mib + kMibStep - 1) / kMibStep * kMibStep;
      const auto [it, fresh] = known.try_emplace(asked, static_cast<std::uint32_t>(shapes_.size()));
      if (fresh) {
        shapes_.push_back({1, asked});
        shapes_.push_back({0, asked});
      }
      app.shape = it->second;
    }
  }

  void happen(Time at, const Event& event) {
    sample(at);
    now_ = at;
    switch (static_cast<Event::Kind>(event.kind)) {
      case Event::end:
        return end_of_work(event.who, at);
      case Event::start: {
        ended_.clear();
        plan(starts_.due({at, event.who, event.stamp}, ended_));
        for (const Starts::Ended& e : ended_) started(static_cast<std::uint32_t>(e.who), at);
        return;
      }
      case Event::expire:
        return expire(event.who, event.stamp, at);
      case Event::prewarm:
        return prewarm(event.who, event.stamp, at);
    }
  }

  // --- cores ---

  /// Virtual time of the host goes on to now, and with it the work of its calls.
  void progress(HostId host, Time now) {
    HostClock& clock = clocks_[host];
    const std::int64_t before = clock.virtual_time;
    clock.advance(now);
    progressed_ += static_cast<std::uint64_t>(clock.virtual_time - before) * running_[host];
  }

  std::int64_t demand_of(HostId host) const {
    return running_[host] * per_call_ + starting_[host] * per_start_ +
           population_.on(host) * per_instance_micro_ / 1000;
  }

  /// What runs on the host has changed: progress() came before.
  void reckon(HostId host, Time now) {
    HostClock& clock = clocks_[host];
    const std::int64_t wanted = demand_of(host);
    used_ += std::min(wanted, cores_) - std::min(clock.demand, cores_);
    clock.set_demand(wanted, cores_);
    if (!dirty_[host]) dirty_[host] = true, changed_.push_back(host);
    if (starting_[host] > 0) plan(starts_.changed(now, host, beside_starts(host), stretch(host)));
  }

  double beside_starts(HostId host) const {
    return static_cast<double>(population_.on(host)) - starting_[host];
  }
  /// By how much more than the surface's own contention starts are slowed by what else runs.
  double stretch(HostId host) const {
    const auto all = static_cast<double>(std::max(cores_, clocks_[host].demand));
    const auto alone = static_cast<double>(std::max(cores_, starting_[host] * per_start_));
    return all / alone;
  }

  void sample(Time now) {
    for (; sampled_ + kSecond <= now; sampled_ += kSecond) totals.cores.add(used_);
  }

  // --- instances ---

  std::uint32_t choose(std::uint32_t shape) {
    for (const HostId host : changed_) {
      dirty_[host] = false;
      tell(host);
    }
    changed_.clear();
    const HostId host = policy_->choose(shape);
    return host != kNoHost ? host : policy_->choose(shape + 1);
  }

  void tell(HostId host) {
    const auto below = static_cast<std::int64_t>(setup_.fill * static_cast<double>(cores_));
    const std::int64_t left = std::max<std::int64_t>(0, below - clocks_[host].demand) / kMilli;
    const Capacity now{static_cast<std::uint32_t>(left), free_mib_[host]};
    if (now == told_[host]) return;
    policy_->changed(host, told_[host], now);
    told_[host] = now;
  }

  /// A new instance begins to start, or kNone when there is no room.
  std::uint32_t load(std::uint32_t number, Time now) {
    App& app = apps_[number];
    const HostId host = choose(app.shape);
    if (host == kNoHost) return kNone;
    const std::uint32_t asked = shapes_[app.shape].mib;
    if (host >= free_mib_.size() || free_mib_[host] < asked)
      throw std::logic_error(fmt::format(
          "the policy places an instance on host {}, where its memory does not fit", host));
    std::uint32_t i;
    if (free_.empty()) {
      i = static_cast<std::uint32_t>(instances_.size());
      instances_.emplace_back();
    } else {
      i = free_.back();
      free_.pop_back();
    }
    Instance& instance = instances_[i];
    const std::uint32_t born = instance.born + 1;
    instance = {};
    instance.host = host;
    instance.app = number;
    instance.born = born;
    instance.state = State::starting;
    instance.loaded = instance.since = now;
    free_mib_[host] -= asked;
    progress(host, now);
    population_.add(now, host, app.mib);
    ++app.alive;
    ++starting_[host];
    reckon_start(host, i, now);
    return i;
  }

  void reckon_start(HostId host, std::uint32_t i, Time now) {
    HostClock& clock = clocks_[host];
    const std::int64_t wanted = demand_of(host);
    used_ += std::min(wanted, cores_) - std::min(clock.demand, cores_);
    clock.set_demand(wanted, cores_);
    if (!dirty_[host]) dirty_[host] = true, changed_.push_back(host);
    plan(starts_.begin(now, host, i, ranks_.uniform(), beside_starts(host), stretch(host)));
  }

  void plan(const Starts::Event& event) {
    if (event.host != kNoHost)
      timers_.push(std::max(event.at, now_), {Event::start, event.host, event.stamp});
  }

  void started(std::uint32_t i, Time now) {
    Instance& instance = instances_[i];
    const HostId host = instance.host;
    App& app = apps_[instance.app];
    progress(host, now);
    --starting_[host];
    reckon(host, now);
    if (instance.has_call) {
      totals.start_us.add(now - instance.call);
      totals.cold_us.add(now - instance.call);
      begin_work(i, now, instance.target);
      return;
    }
    app.waiting = kNone;
    idle(i, now, instance.until);
  }

  void begin_work(std::uint32_t i, Time now, Time work) {
    Instance& instance = instances_[i];
    const HostId host = instance.host;
    progress(host, now);
    ++running_[host];
    reckon(host, now);
    instance.state = State::busy;
    instance.since = now;
    instance.call = work * HostClock::kOne;
    instance.target = clocks_[host].virtual_time + instance.call;
    timers_.push(now + work, {Event::end, i, instance.born});
  }

  void end_of_work(std::uint32_t i, Time now) {
    Instance& instance = instances_[i];
    const HostId host = instance.host;
    progress(host, now);
    const Time left = instance.target - clocks_[host].virtual_time;
    if (left > 0) {  // others slowed it: the earliest it can end is at full pace
      timers_.push(now + (left + HostClock::kOne - 1) / HostClock::kOne,
                   {Event::end, i, instance.born});
      return;
    }
    overshot_ += static_cast<std::uint64_t>(-left);
    asked_ += static_cast<std::uint64_t>(instance.call);
    --running_[host];
    reckon(host, now);
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
    instance.older = app.newest;
    instance.newer = kNone;
    if (app.newest != kNone)
      instances_[app.newest].newer = i;
    else
      app.oldest = i;
    app.newest = i;
    if (!instance.expiry_pending) {
      instance.expiry_pending = true;
      timers_.push(instance.until, {Event::expire, i, instance.born});
    }
  }

  void take_idle(std::uint32_t i, Time now) {
    Instance& instance = instances_[i];
    App& app = apps_[instance.app];
    (instance.newer != kNone ? instances_[instance.newer].older : app.newest) = instance.older;
    (instance.older != kNone ? instances_[instance.older].newer : app.oldest) = instance.newer;
    totals.idle_us += now - instance.since;
    totals.idle_mib_us += (now - instance.since) * app.mib;
  }

  /// One such event at most is pending of an instance; it is put off when the instance was used.
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

  void unload(std::uint32_t i, Time now) {
    Instance& instance = instances_[i];
    const HostId host = instance.host;
    App& app = apps_[instance.app];
    progress(host, now);
    population_.remove(now, host, app.mib);
    lived_ += now - instance.loaded;
    free_mib_[host] += shapes_[app.shape].mib;
    --app.alive;
    if (app.waiting == i) app.waiting = kNone;
    instance.state = State::free;
    free_.push_back(i);
    reckon(host, now);
  }

  void check() const {
    const auto require = [](bool held, const char* what, auto a, auto b) {
      if (!held)
        throw std::logic_error(
            fmt::format("the fleet's books do not balance: {}: {} against {}", what, a, b));
    };
    const FaasTotals& t = totals;
    require(t.arrived == t.ended + t.rejected, "arrived = ended + rejected", t.arrived,
            t.ended + t.rejected);
    require(t.arrived == t.cold + t.warm + t.rejected, "arrived = cold + warm + rejected",
            t.arrived, t.cold + t.warm + t.rejected);
    require(population_.now().instances == 0, "no instance is left", population_.now().instances,
            0);
    require(population_.now().function_mib == 0, "no memory is left",
            population_.now().function_mib, 0);
    require(t.integral.instances == lived_, "instances' time", t.integral.instances, lived_);
    require(progressed_ == asked_ + overshot_, "progress on the cores", progressed_,
            asked_ + overshot_);
    const std::uint64_t tick = HostClock::kOne;
    require(overshot_ <= t.ended * tick, "calls end within a microsecond", overshot_,
            t.ended * tick);
  }

  const FaasSetup setup_;
  const Surface& surface_;
  const std::int64_t cores_, per_call_, per_start_, per_instance_micro_;
  std::vector<App> apps_;
  std::vector<std::uint32_t> app_of_;
  std::vector<Capacity> shapes_;
  std::vector<Instance> instances_;
  std::vector<std::uint32_t> free_;
  Population population_;
  Starts starts_;
  std::vector<HostClock> clocks_;
  std::vector<std::int64_t> starting_, running_;
  std::vector<std::uint32_t> free_mib_;
  std::vector<Capacity> told_;
  std::vector<bool> dirty_;
  std::vector<HostId> changed_;
  Stream ranks_;
  Timers<Event> timers_;
  std::vector<Starts::Ended> ended_;
  std::unique_ptr<Placement> policy_;
  std::unique_ptr<KeepAlive> keep_;
  Time now_ = 0, sampled_ = 0, last_call_ = 0;
  std::int64_t used_ = 0;  ///< thousandths of cores, of all hosts
  std::int64_t lived_ = 0;
  std::uint64_t progressed_ = 0, asked_ = 0, overshot_ = 0;  ///< virtual time, modulo 2^64
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
