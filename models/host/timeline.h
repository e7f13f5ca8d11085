#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/host/heap.h"

namespace simgrid::kernel::timer {
class Timer;
}  // namespace simgrid::kernel::timer

namespace strata {

/// Simulated time, in ns since the simulation began.
using Tick = std::int64_t;

/// Times closer than this are taken as equal: far below a ns, far above what doubles round off.
inline constexpr double kTimeSlackNs = 1e-4;

/// The first whole ns not before `ns`, at least 0, limited to 2^61 (73 years).
Tick round_up(double ns);

/// Names one scheduled event; stays valid to pass to cancel() after the event ran.
struct EventId {
  std::uint32_t slot = 0;
  std::uint64_t order = 0;  ///< 0: no event
  friend bool operator==(const EventId&, const EventId&) = default;
};

/// The host scale's clock: events at whole nanoseconds, run by SimGrid's engine.
///
/// SimGrid's clock is a double and its timers break ties by address. So the events wait here, in
/// integer time, and SimGrid holds one timer: the next instant. Events of one instant run in the
/// order they were scheduled, whatever SimGrid does. SimGrid's own clock follows to within its
/// precision (1 ns up to some 50 simulated days), so S4U actors and networks may run beside.
///
/// SimGrid has one engine per process and no way back to time zero, so a process may construct one
/// Timeline in its life: the second one throws std::logic_error. Run trials in forked workers.
class Timeline {
 public:
  /// Creates the engine, silent, with one host called "host" in an empty zone. Until run(), S4U
  /// zones may be added to that root.
  Timeline();
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;
  ~Timeline();

  /// The instant of the running event; between runs, that of the last one.
  Tick now() const { return now_; }

  /// Runs `what` at `when`, after the events already scheduled for that instant. `when` may be
  /// now(), not earlier (std::logic_error).
  EventId at(Tick when, std::function<void()> what);

  /// The event will not run. Does nothing if it ran already, or was cancelled.
  void cancel(EventId event);

  /// Runs until no event is left. What an event throws comes out here, and the rest stays pending.
  void run();

  std::uint64_t events() const { return events_; }       ///< run so far
  std::size_t pending() const { return queue_.size(); }  ///< scheduled, not yet run

 private:
  struct When {
    Tick tick;
    std::uint64_t order;
    friend auto operator<=>(const When&, const When&) = default;
  };
  struct Slot {
    std::uint64_t order = 0;  ///< of the event that occupies it; 0: free
    std::function<void()> what;
  };

  std::function<void()> take(std::uint32_t slot);
  void arm();
  void fire();

  Tick now_ = 0;
  Tick armed_ = 0;  ///< the instant `timer_` stands for
  std::uint64_t scheduled_ = 0;
  std::uint64_t events_ = 0;
  bool firing_ = false;
  simgrid::kernel::timer::Timer* timer_ = nullptr;  ///< owned by SimGrid; null: none pending
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> where_;
  Heap<When> queue_{where_};
};

}  // namespace strata
