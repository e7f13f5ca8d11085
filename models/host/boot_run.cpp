#include "models/host/boot_run.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include "models/base/distribution.h"
#include "models/host/cores.h"
#include "models/host/device.h"
#include "models/host/ledger.h"
#include "models/host/lock.h"

namespace strata {
namespace {

/// The machine being played, and who lives on it.
class Host {
 public:
  Host(const BootPlan& plan, int vcpus, const HostNumbers& numbers, std::uint64_t seed,
       std::string stream, int span_limit)
      : plan_(plan),
        vcpus_(vcpus),
        seed_(seed),
        stream_(std::move(stream)),
        span_limit_(span_limit),
        cores_(timeline_, numbers.cores),
        locks_(timeline_),
        launcher_(timeline_, "launcher"),
        disk_(timeline_, numbers.disk_bytes_per_second, numbers.disk_latency, Discipline::shared),
        nic_(timeline_, numbers.nic_bytes_per_second, numbers.nic_latency, Discipline::shared),
        dom0_(cores_.add_entity(std::numeric_limits<double>::infinity())),
        followers_(plan.phases.size()) {
    for (std::size_t p = 0; p < plan.phases.size(); ++p)
      for (const std::size_t before : plan.phases[p].after) followers_[before].push_back(p);
  }

  /// Starts instance `number` now; `done` is told when its last phase ends.
  void start(int number, std::function<void(const Start&)> done) {
    const std::size_t slot = take_slot();
    Instance& i = instances_[slot];
    i.number = number;
    i.done = std::move(done);
    i.start = {timeline_.now(), -1, 0, std::vector<Tick>(plan_.clocks.size(), 0)};
    i.missing.clear();
    for (const PlanPhase& phase : plan_.phases) i.missing.push_back(phase.after.size());
    i.left = plan_.phases.size();
    i.jitter = Stream(seed_, stream_ + "/" + std::to_string(number));
    i.guest = cores_.add_entity(vcpus_);
    i.programs = cores_.add_entity(std::numeric_limits<double>::infinity());
    i.factors.clear();
    for (const PlanPhase& phase : plan_.phases)
      i.factors.push_back(phase.jitter > 0 ? draw(LogNormal{1, phase.jitter}, i.jitter) : 1);
    i.crowd.clear();
    for (const PlanPhase& phase : plan_.phases)
      i.crowd.push_back(phase.crowd > 0 && phase.spread > 0
                            ? draw(LogNormal{phase.crowd, phase.crowd * phase.spread}, i.jitter)
                            : phase.crowd);
    ++on_host_;
    if (!plan_.phases.empty() && plan_.phases.front().crowd > 0) {
      // Those that start at this instant are to find each other.
      timeline_.at(timeline_.now(), [this, slot] { begin_first(slot); });
    } else {
      begin_first(slot);
    }
  }

  /// The launcher starts a process: `done` when it has, which is when a boot's clock begins.
  void launch(double each, std::function<void()> done) {
    if (each <= 0) return done();
    launcher_.acquire([this, each, done = std::move(done)] {
      alone(each, [this, done] {
        launcher_.release();
        done();
      });
    });
  }
  /// The launcher's own work between two starts.
  void think(double work, std::function<void()> done) {
    if (work <= 0) return done();
    alone(work, std::move(done));
  }

  /// The instance goes on using its vCPUs for `work` ns, then is gone.
  void serve(std::size_t slot, double work, std::function<void()> done) {
    cores_.submit(instances_[slot].guest, work, [this, slot, done = std::move(done)] {
      leave(slot);
      done();
    });
  }

  /// The instance is gone, with its entities.
  void leave(std::size_t slot) {
    cores_.remove_entity(instances_[slot].guest);
    cores_.remove_entity(instances_[slot].programs);
    --running;
    free_.push_back(slot);
  }

  Timeline& timeline() { return timeline_; }
  Cores& cores() { return cores_; }
  std::size_t last_slot() const { return last_slot_; }

  int running = 0;  ///< instances that are starting, running or serving
  std::vector<Span> spans;

 private:
  struct Instance {
    int number = 0;
    Start start;
    std::vector<std::size_t> missing;  ///< phases each phase still waits for
    std::vector<double> factors;       ///< jitter of each phase
    std::vector<double> crowd;         ///< share that each other start adds to each phase
    std::size_t left = 0;              ///< phases not yet done
    EntityId guest, programs;
    Stream jitter{0, ""};
    std::function<void(const Start&)> done;
  };

  /// Work of a process of its own, which has the scheduler's share of one. It takes the locks of
  /// the host's kernel as those that start do.
  void alone(double work, std::function<void()> done) {
    const EntityId process = cores_.add_entity(1);
    ++on_host_;
    cores_.submit(process, work, [this, process, done = std::move(done)] {
      --on_host_;
      cores_.remove_entity(process);
      done();
    });
  }

  std::size_t take_slot() {
    ++running;
    if (free_.empty()) {
      instances_.emplace_back();
      return instances_.size() - 1;
    }
    const std::size_t slot = free_.back();
    free_.pop_back();
    return slot;
  }

  void begin_first(std::size_t slot) {
    for (std::size_t p = 0; p < plan_.phases.size(); ++p)
      if (plan_.phases[p].after.empty()) begin(slot, p);
  }

  void begin(std::size_t slot, std::size_t p) {
    Instance& i = instances_[slot];
    const PlanPhase& phase = plan_.phases[p];
    const Tick now = timeline_.now();
    if (in_guest(phase) && i.start.guest < 0) {
      i.start.guest = now;
      --on_host_;
      ++in_guests_;
    }
    std::size_t clock = 0;
    for (const auto& entry : plan_.clocks) {
      if (entry.second == p) i.start.clocks[clock] = now;
      ++clock;
    }
    if (phase.lock.empty()) return spend(slot, p, now, now);
    locks_.named(phase.lock).acquire([this, slot, p, now] {
      spend(slot, p, now, timeline_.now());
    });
  }

  EntityId payer(const Instance& i, Account account) const {
    switch (account) {
      case Account::app:
      case Account::guest:
        return i.guest;
      case Account::dom0:
        return dom0_;
      default:
        return i.programs;
    }
  }

  /// cpu, then wait, both under the lock; then the disk, then the NIC.
  void spend(std::size_t slot, std::size_t p, Tick began, Tick locked) {
    const Instance& i = instances_[slot];
    const PlanPhase& phase = plan_.phases[p];
    const int others = running - 1 + already_running;
    const int itself = in_guest(phase) == (i.start.guest >= 0) ? 1 : 0;
    const int crowd = (in_guest(phase) ? in_guests_ : on_host_) - itself;
    const double cpu =
        phase.cpu * i.factors[p] * (1 + i.crowd[p] * crowd) + phase.per_running * others;
    const auto after_cpu = [this, slot, p, began, locked] {
      const double wait = plan_.phases[p].wait * instances_[slot].factors[p];
      timeline_.at(timeline_.now() + std::llround(wait),
                   [this, slot, p, began, locked] { read(slot, p, began, locked); });
    };
    if (cpu > 0) {
      cores_.submit(payer(i, phase.account), cpu, after_cpu);
    } else {
      after_cpu();
    }
  }

  void read(std::size_t slot, std::size_t p, Tick began, Tick locked) {
    const PlanPhase& phase = plan_.phases[p];
    if (!phase.lock.empty()) locks_.named(phase.lock).release();
    if (phase.disk > 0) {
      disk_.submit(phase.disk, [this, slot, p, began, locked] { fetch(slot, p, began, locked); });
    } else {
      fetch(slot, p, began, locked);
    }
  }

  void fetch(std::size_t slot, std::size_t p, Tick began, Tick locked) {
    const PlanPhase& phase = plan_.phases[p];
    if (phase.network > 0) {
      nic_.submit(phase.network,
                  [this, slot, p, began, locked] { finish(slot, p, began, locked); });
    } else {
      finish(slot, p, began, locked);
    }
  }

  void finish(std::size_t slot, std::size_t p, Tick began, Tick locked) {
    Instance& i = instances_[slot];
    if (i.number < span_limit_) spans.push_back({i.number, p, began, locked, timeline_.now()});
    if (--i.left == 0) {
      i.start.end = timeline_.now();
      --(i.start.guest < 0 ? on_host_ : in_guests_);
      if (i.start.guest < 0) i.start.guest = i.start.end;
      last_slot_ = slot;
      const auto done = std::move(i.done);
      return done(i.start);
    }
    for (const std::size_t next : followers_[p])
      if (--i.missing[next] == 0) begin(slot, next);
  }

 public:
  int already_running = 0;

 private:
  const BootPlan& plan_;
  const int vcpus_;
  const std::uint64_t seed_;
  const std::string stream_;
  const int span_limit_;
  Timeline timeline_;
  Cores cores_;
  Locks locks_;
  Lock launcher_;
  Device disk_;
  Device nic_;
  EntityId dom0_;
  std::vector<std::vector<std::size_t>> followers_;
  std::deque<Instance> instances_;
  std::vector<std::size_t> free_;
  std::size_t last_slot_ = 0;
  int on_host_ = 0,
      in_guests_ = 0;  ///< processes of the launcher and starts short of their guest; others
};

}  // namespace

HostNumbers host_numbers(const MachineFile& machine, const Draws& draws) {
  const DeviceFile& disk = machine.devices.at("disk");
  const DeviceFile& nic = machine.devices.at("nic");
  HostNumbers host{machine.cores, draws(disk.rate), std::llround(draws(disk.latency)),
                   draws(nic.rate), std::llround(draws(nic.latency))};
  if (machine.launcher) {
    host.launch = draws(machine.launcher->each);
    host.between = draws(machine.launcher->between);
  }
  return host;
}

BootRun run_boots(const BootPlan& plan, int vcpus, const HostNumbers& numbers,
                  const StartPattern& pattern, std::uint64_t seed, const std::string& stream,
                  int span_limit) {
  Host host(plan, vcpus, numbers, seed, stream, span_limit);
  host.already_running = pattern.already_running;
  BootRun run;
  run.starts.resize(static_cast<std::size_t>(pattern.starts));
  int begun = 0;
  std::function<void()> launch = [&] {
    if (begun == pattern.starts) return;
    const int number = begun++;
    // A burst is at the same instant by definition: nobody launches it one by one.
    host.launch(pattern.in_flight > 0 ? numbers.launch : 0, [&, number] {
      host.start(number, [&, number](const Start& start) {
        run.starts[static_cast<std::size_t>(number)] = start;
        if (!pattern.stays) host.leave(host.last_slot());
        if (pattern.in_flight > 0) host.think(numbers.between, launch);
      });
    });
  };
  const int at_once =
      pattern.in_flight > 0 ? std::min(pattern.in_flight, pattern.starts) : pattern.starts;
  for (int i = 0; i < at_once; ++i) launch();
  host.timeline().run();
  run.spans = std::move(host.spans);
  run.events = host.timeline().events();
  return run;
}

ReplayRun run_arrivals(const BootPlan& plan, int vcpus, const HostNumbers& numbers,
                       const HostMemory& memory, const std::vector<Arrival>& arrivals,
                       double slowdown, std::uint64_t seed, const std::string& stream) {
  Host host(plan, vcpus, numbers, seed, stream, 0);
  ReplayRun run;
  run.served.resize(arrivals.size());
  Tick last = 0;
  for (std::size_t a = 0; a < arrivals.size(); ++a) {
    host.timeline().at(arrivals[a].at, [&, a] {
      run.served[a].arrived = host.timeline().now();
      if (!memory.ledger.fits(memory.needed)) {
        run.served[a].refused = true;
        return;
      }
      const auto holder = static_cast<Ledger::Holder>(a) + 1;
      memory.add_instance(holder);
      run.most_resident = std::max(run.most_resident, memory.ledger.resident());
      host.start(static_cast<int>(a), [&, a](const Start& start) {
        run.served[a].start = start;
        host.serve(host.last_slot(), arrivals[a].work.value * slowdown, [&, a] {
          memory.ledger.remove(static_cast<Ledger::Holder>(a) + 1);
          last = run.served[a].served = host.timeline().now();
        });
      });
      run.most_running = std::max(run.most_running, host.running);
    });
  }
  host.timeline().run();
  run.utilisation =
      last > 0 ? host.cores().busy_core_ns() / (static_cast<double>(last) * numbers.cores) : 0;
  run.events = host.timeline().events();
  return run;
}

StayRun run_stays(const BootPlan& plan, int vcpus, const HostNumbers& numbers,
                  const HostMemory& memory, const std::vector<Stay>& stays, std::uint64_t seed,
                  const std::string& stream) {
  Host host(plan, vcpus, numbers, seed, stream, 0);
  StayRun run;
  run.starts.resize(stays.size());
  for (std::size_t a = 0; a < stays.size(); ++a) {
    const auto holder = static_cast<Ledger::Holder>(a) + 1;
    host.timeline().at(stays[a].at, [&, a, holder] {
      memory.add_instance(holder);
      run.resident.push_back(memory.ledger.resident());
      host.start(static_cast<int>(a), [&, a, holder](const Start& start) {
        run.starts[a] = start;
        const std::size_t slot = host.last_slot();
        const Tick leaves = std::max(host.timeline().now(), stays[a].at + stays[a].life);
        host.timeline().at(leaves, [&, slot, holder] {
          host.leave(slot);
          memory.ledger.remove(holder);
          run.resident.push_back(memory.ledger.resident());
        });
      });
    });
  }
  host.timeline().run();
  return run;
}

}  // namespace strata
