#include "models/host/lock.h"

#include <stdexcept>
#include <tuple>
#include <utility>

namespace strata {

Lock::Lock(Timeline& timeline, std::string name) : timeline_(timeline), name_(std::move(name)) {}

void Lock::acquire(std::function<void()> granted) {
  Waiter waiter{timeline_.now(), std::move(granted)};
  if (held_) {
    ++use_.contended;
    queue_.push_back(std::move(waiter));
  } else {
    grant(std::move(waiter));
  }
}

void Lock::release() {
  if (!held_) throw std::logic_error("lock '" + name_ + "' was released, but nobody holds it");
  use_.held_ns += timeline_.now() - held_since_;
  held_ = false;
  if (queue_.empty()) return;
  Waiter next = std::move(queue_.front());
  queue_.pop_front();
  grant(std::move(next));
}

void Lock::grant(Waiter waiter) {
  held_ = true;
  held_since_ = timeline_.now();
  ++use_.acquired;
  use_.waited_ns += timeline_.now() - waiter.since;
  timeline_.at(timeline_.now(), std::move(waiter.granted));
}

Lock& Locks::named(std::string_view name) {
  if (const auto at = locks_.find(name); at != locks_.end()) return at->second;
  return locks_
      .emplace(std::piecewise_construct, std::forward_as_tuple(name),
               std::forward_as_tuple(timeline_, std::string(name)))
      .first->second;
}

}  // namespace strata
