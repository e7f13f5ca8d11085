#include "models/host/vcpus.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <queue>
#include <stdexcept>

#include "models/base/random.h"

namespace strata {
namespace {

struct Request {
  Tick at = 0, work = 0, locked = 0;
  std::uint32_t guest = 0;
};

std::vector<Request> requests_of(const VcpuSpec& spec) {
  std::vector<Request> out;
  Stream draws(spec.seed, "vcpus.requests");
  const double gap = static_cast<double>(spec.service) / (spec.load * spec.cores);
  double at = 0;
  for (int i = 0; i < spec.requests; ++i) {
    at -= std::log(draws.uniform()) * gap;
    const double work = -std::log(draws.uniform()) * static_cast<double>(spec.service);
    const auto locked = static_cast<Tick>(work * spec.locked);
    out.push_back({static_cast<Tick>(at), std::max<Tick>(1, static_cast<Tick>(work) - locked),
                   locked, static_cast<std::uint32_t>(draws.uniform() * spec.guests)});
  }
  return out;
}

class Host {
 public:
  explicit Host(const VcpuSpec& spec)
      : spec_(spec),
        requests_(requests_of(spec)),
        guests_(static_cast<std::size_t>(spec.guests)),
        vcpus_(static_cast<std::size_t>(spec.guests) * static_cast<std::size_t>(spec.vcpus)),
        free_cores_(spec.cores) {
    for (std::uint32_t v = 0; v < vcpus_.size(); ++v) {
      vcpus_[v].guest = v / static_cast<std::uint32_t>(spec.vcpus);
      guests_[vcpus_[v].guest].idle.push_back(v);
    }
    out_.latencies.assign(requests_.size(), -1);
  }

  VcpuRun play() {
    std::size_t next = 0;
    while (next < requests_.size() || !events_.empty()) {
      if (events_.empty() || (next < requests_.size() && requests_[next].at <= events_.top().at)) {
        now_ = requests_[next].at;
        arrive(static_cast<std::uint32_t>(next++));
      } else {
        const Event event = events_.top();
        events_.pop();
        now_ = event.at;
        if (vcpus_[event.vcpu].stamp == event.stamp) step(event.vcpu);
      }
      dispatch();
    }
    check();
    return std::move(out_);
  }

 private:
  enum class State : std::uint8_t { idle, ready, running, asleep };
  enum class Phase : std::uint8_t { work, spin, hold };
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Vcpu {
    std::uint32_t guest = 0, request = kNone, stamp = 0;
    State state = State::idle;
    Phase phase = Phase::work;
    Tick waking = 0;  ///< of its wake-up, still to do before all else
    Tick left = 0;    ///< of the phase
    Tick since = 0, slice_end = 0;
  };
  struct Guest {
    std::deque<std::uint32_t> queue;  ///< requests that no vCPU has taken
    std::vector<std::uint32_t> idle;
    std::uint32_t holder = kNone;
    std::deque<std::uint32_t> waiters;
  };
  struct Event {
    Tick at;
    std::uint64_t order;
    std::uint32_t vcpu, stamp;
    bool operator>(const Event& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  void arrive(std::uint32_t r) {
    Guest& guest = guests_[requests_[r].guest];
    if (guest.idle.empty()) return guest.queue.push_back(r);
    const std::uint32_t v = guest.idle.back();
    guest.idle.pop_back();
    take(v, r);
    wake(v);
  }

  void take(std::uint32_t v, std::uint32_t r) {
    vcpus_[v].request = r;
    vcpus_[v].phase = Phase::work;
    vcpus_[v].left = requests_[r].work;
  }

  void wake(std::uint32_t v) {
    vcpus_[v].waking = spec_.knows ? 0 : spec_.wake;
    vcpus_[v].state = State::ready;
    ready_.push_back(v);
  }

  /// Free cores go to who has waited longest.
  void dispatch() {
    while (free_cores_ > 0 && !ready_.empty()) {
      const std::uint32_t v = ready_.front();
      ready_.pop_front();
      --free_cores_;
      vcpus_[v].state = State::running;
      vcpus_[v].since = now_;
      vcpus_[v].slice_end = now_ + spec_.slice;
      plan(v);
    }
  }

  /// Comes back to a running vCPU when its phase, or its slice, ends.
  void plan(std::uint32_t v) {
    Vcpu& vcpu = vcpus_[v];
    Tick at = now_ + vcpu.waking + vcpu.left;
    if (vcpu.slice_end > now_) at = std::min(at, vcpu.slice_end);
    events_.push({at, order_++, v, ++vcpu.stamp});
  }

  void account(Vcpu& vcpu) {
    Tick passed = now_ - vcpu.since;
    vcpu.since = now_;
    const Tick woke = std::min(passed, vcpu.waking);
    vcpu.waking -= woke;
    passed -= woke;
    vcpu.left -= passed;
    (vcpu.phase == Phase::spin ? out_.spun : out_.worked) += passed;
  }

  void step(std::uint32_t v) {
    Vcpu& vcpu = vcpus_[v];
    account(vcpu);
    if (vcpu.waking == 0 && vcpu.left == 0 && !next_phase(v)) return;
    if (vcpu.slice_end <= now_ && may_stop(vcpu)) {
      if (!ready_.empty()) return stop(v);
      vcpu.slice_end = now_ + spec_.slice;  // nobody waits: another slice
    }
    plan(v);
  }

  bool may_stop(const Vcpu& vcpu) const { return !(spec_.knows && vcpu.phase == Phase::hold); }

  void stop(std::uint32_t v) {
    Vcpu& vcpu = vcpus_[v];
    out_.holders_stopped += vcpu.phase == Phase::hold;
    ++vcpu.stamp;
    vcpu.state = State::ready;
    ready_.push_back(v);
    ++free_cores_;
  }

  /// What comes after a phase; false when the vCPU has left its core.
  bool next_phase(std::uint32_t v) {
    Vcpu& vcpu = vcpus_[v];
    Guest& guest = guests_[vcpu.guest];
    if (vcpu.phase == Phase::work && requests_[vcpu.request].locked > 0) {
      if (guest.holder == kNone) {
        hold(v);
      } else {
        guest.waiters.push_back(v);
        vcpu.phase = Phase::spin;
        vcpu.left = spec_.spin;
      }
      return vcpu.left > 0 || next_phase(v);
    }
    if (vcpu.phase == Phase::spin) {
      leave(v, State::asleep);
      return false;
    }
    if (vcpu.phase == Phase::hold) release(guest);
    out_.latencies[vcpu.request] = now_ - requests_[vcpu.request].at;
    if (!guest.queue.empty()) {
      take(v, guest.queue.front());
      guest.queue.pop_front();
      return true;
    }
    vcpu.request = kNone;
    guest.idle.push_back(v);
    leave(v, State::idle);
    return false;
  }

  void leave(std::uint32_t v, State state) {
    ++vcpus_[v].stamp;
    vcpus_[v].state = state;
    ++free_cores_;
  }

  void hold(std::uint32_t v) {
    guests_[vcpus_[v].guest].holder = v;
    vcpus_[v].phase = Phase::hold;
    vcpus_[v].left = requests_[vcpus_[v].request].locked;
  }

  /// To the first that spins on a core; where none does, to the first.
  void release(Guest& guest) {
    guest.holder = kNone;
    if (guest.waiters.empty()) return;
    auto next = std::find_if(guest.waiters.begin(), guest.waiters.end(),
                             [&](std::uint32_t w) { return vcpus_[w].state == State::running; });
    if (next == guest.waiters.end()) next = guest.waiters.begin();
    const std::uint32_t w = *next;
    guest.waiters.erase(next);
    const State was = vcpus_[w].state;
    if (was == State::running) account(vcpus_[w]);
    hold(w);
    if (was == State::running) plan(w);
    if (was == State::asleep) wake(w);
  }

  void check() const {
    Tick asked = 0;
    for (const Request& r : requests_) asked += r.work + r.locked;
    if (asked != out_.worked)
      throw std::logic_error("vcpus: the work done is not the work asked for");
    for (const Tick latency : out_.latencies)
      if (latency < 0) throw std::logic_error("vcpus: a request never ended");
  }

  const VcpuSpec& spec_;
  std::vector<Request> requests_;
  std::vector<Guest> guests_;
  std::vector<Vcpu> vcpus_;
  std::deque<std::uint32_t> ready_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t order_ = 0;
  int free_cores_;
  Tick now_ = 0;
  VcpuRun out_;
};

}  // namespace

VcpuRun run_vcpus(const VcpuSpec& spec) {
  if (spec.cores < 1 || spec.guests < 1 || spec.vcpus < 1 || spec.requests < 1 || spec.slice < 1 ||
      spec.service < 1 || !(spec.load > 0 && spec.load < 1) ||
      !(spec.locked >= 0 && spec.locked < 1) || spec.spin < 0 || spec.wake < 0)
    throw std::invalid_argument("vcpus: needs cores, guests and a load below 1");
  return Host(spec).play();
}

}  // namespace strata
