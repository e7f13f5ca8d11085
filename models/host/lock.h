#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "models/host/timeline.h"

namespace strata {

/// How a lock was used so far. Differences of two are those of the interval between.
struct LockUse {
  std::uint64_t acquired = 0;   ///< times granted
  std::uint64_t contended = 0;  ///< of those, the ones that found it held
  Tick waited_ns = 0;           ///< summed over the granted, from acquire() to the grant
  Tick held_ns = 0;             ///< summed over the released, from the grant to release()
};

/// A mutex of the modelled machine (the mount lock, rtnl, a toolstack's daemon): one holder at a
/// time, handed over at release() to who has waited longest.
///
/// Sleeping costs nothing here: what a sleeper and its wake-up cost belongs to the layer's phases.
class Lock {
 public:
  explicit Lock(Timeline& timeline, std::string name = "");
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  /// `granted` is called when the lock is the caller's: from the timeline, in this very instant
  /// when it is free, never from inside acquire().
  void acquire(std::function<void()> granted);

  /// Gives up the lock; throws std::logic_error if nobody holds it.
  void release();

  const std::string& name() const { return name_; }
  bool held() const { return held_; }
  std::size_t waiting() const { return queue_.size(); }
  const LockUse& use() const { return use_; }

 private:
  struct Waiter {
    Tick since;
    std::function<void()> granted;
  };

  void grant(Waiter waiter);

  Timeline& timeline_;
  std::string name_;
  std::deque<Waiter> queue_;
  bool held_ = false;
  Tick held_since_ = 0;
  LockUse use_;
};

/// The locks of one machine, by name. Look a name up once and keep the reference: it stays valid.
class Locks {
 public:
  explicit Locks(Timeline& timeline) : timeline_(timeline) {}

  /// The lock of that name, made when first asked for.
  Lock& named(std::string_view name);

  auto begin() const { return locks_.begin(); }  ///< pairs of name and lock, by name
  auto end() const { return locks_.end(); }

 private:
  Timeline& timeline_;
  std::map<std::string, Lock, std::less<>> locks_;
};

}  // namespace strata
