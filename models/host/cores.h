#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "models/host/heap.h"
#include "models/host/timeline.h"

namespace strata {

/// Names an instance to its machine's cores. Reused after remove_entity().
struct EntityId {
  std::uint32_t slot = std::numeric_limits<std::uint32_t>::max();
  friend bool operator==(const EntityId&, const EntityId&) = default;
};

/// Names one thread's piece of work. Never reused.
struct TaskId {
  EntityId entity;
  std::uint64_t order = 0;
  friend bool operator==(const TaskId&, const TaskId&) = default;
};

/// A machine's cores, shared by schedulers stacked on schedulers.
///
/// The machine divides its cores among entities (instances, or host programs); an entity divides
/// what it gets equally among its own runnable threads. Sharing is fluid (generalised processor
/// sharing; Parekh and Gallager 1993), the limit of a fair scheduler whose time slice goes to
/// zero: right for work that is long against a slice (a few ms), optimistic about delays below it.
///
/// A thread runs on at most one core, so an entity with n runnable threads can use at most
/// cap = min(n, vcpus) cores. Entities share by weighted max-min fairness: entity e runs at
/// min(cap_e, weight_e L) cores, where the level L is the one that uses all cores, or infinite
/// when the caps add up to fewer. Cores cost nothing to switch between, all run at one speed.
///
/// Entities of equal cap and weight run at equal rates, so each such class needs one virtual clock
/// (the work one of its entities has received), which orders its entities' next completions; a
/// second clock, per entity, orders its threads. A change costs O(log entities + log threads +
/// classes), and one event is pending on the timeline in all.
///
/// Work is in ns of one core. Threads finish at exact, fractional times, at which the rest get
/// their cores; the thread's `done` is called at the first whole ns not before. Threads that finish
/// within the same ns report in the order they were submitted. Misuse (negative work, an unknown
/// entity) throws std::invalid_argument.
class Cores {
 public:
  /// `cores` > 0, maybe fractional (a quota).
  Cores(Timeline& timeline, double cores);
  Cores(const Cores&) = delete;
  Cores& operator=(const Cores&) = delete;
  ~Cores();

  /// An entity that never gets more than `vcpus` cores at a time (> 0, maybe fractional, maybe
  /// infinite: host programs) and, when cores are short, gets them in proportion to `weight` > 0.
  EntityId add_entity(double vcpus, double weight = 1);

  /// Its unfinished threads vanish, and their `done` is not called.
  void remove_entity(EntityId entity);

  /// A new thread of `entity` with `work_ns` >= 0 to do. `done` is called once, from the timeline,
  /// never from inside submit().
  TaskId submit(EntityId entity, double work_ns, std::function<void()> done);

  /// Takes the thread away; `done` will not be called. Returns the work it had left (a migration
  /// submits that elsewhere), nothing if it was done. Linear in the entity's threads.
  std::optional<double> cancel(TaskId task);

  double cores() const { return cores_; }
  int runnable() const { return runnable_; }  ///< threads submitted and not finished
  double busy_core_ns() const;                ///< integral over time of the cores in use
  double rate(EntityId entity) const;         ///< cores it is getting now
  double consumed_ns(EntityId entity) const;  ///< integral of rate: CPU time it has had
  double steal_ns(EntityId entity) const;     ///< integral of cap - rate: what it could have used

 private:
  /// What the entities of a class have in common.
  struct Kind {
    double binds_at;  ///< the level from which the cap binds: cap / weight
    double cap;
    double weight;
    friend auto operator<=>(const Kind&, const Kind&) = default;
  };
  /// The runnable entities of a kind. Its clocks show what each of them has had since it began.
  struct Class {
    explicit Class(std::vector<std::uint32_t>& where) : by_finish(where) {}
    Heap<double> by_finish;  ///< by the work clock at which its next thread ends
    double rate = 0;         ///< cores each is getting
    double work = 0;         ///< ns of core received
    double lost = 0;         ///< ns of core it could have used besides
    double weight_from = 0;  ///< scratch of share()
  };
  struct Thread {
    double finish;  ///< on the entity's clock
    std::uint64_t order;
    std::function<void()> done;
  };
  struct Entity {
    bool exists = true;
    double vcpus = 0;
    double weight = 1;
    Class* in = nullptr;                      ///< null: no runnable thread
    double cap = 0;                           ///< min(threads, vcpus)
    double joined_work = 0, joined_lost = 0;  ///< the class's clocks when the entity joined it
    double clock = 0;                 ///< work each thread has received, when it joined the class
    double consumed = 0, stolen = 0;  ///< before it joined
    std::vector<Thread> threads;      ///< a heap: the next to end is in front
  };
  struct Finished {
    TaskId task;
    std::function<void()> done;
  };

  Entity& find(EntityId entity);
  const Entity& find(EntityId entity) const;
  static bool ends_later(const Thread& a, const Thread& b);
  void join(std::uint32_t slot);
  void leave(std::uint32_t slot);
  void share();
  void catch_up();
  void settle();
  void advance(double elapsed_ns);
  std::pair<Class*, double> next();
  void finish_one(Class& next);
  void forget(TaskId task);
  void rearm();
  void arm();
  void fire();

  Timeline& timeline_;
  const double cores_;
  int runnable_ = 0;
  double busy_ = 0;      ///< until `last_`
  double used_ = 0;      ///< cores in use since `last_`
  Tick last_ = 0;        ///< all clocks stand at this instant
  bool firing_ = false;  ///< inside `done` calls: share and arm once, after them
  std::uint64_t submitted_ = 0;
  EventId event_;
  Tick armed_ = -1;  ///< when `event_` is due; -1: none pending
  std::vector<std::uint32_t> where_;
  std::map<Kind, Class> classes_;  ///< by the level at which the cap binds
  std::vector<Entity> entities_;
  std::vector<std::uint32_t> free_;
  std::vector<Finished> finished_;  ///< not yet reported
};

}  // namespace strata
