#include "models/host/timeline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace strata {
namespace {

/// Makes SimGrid's engine. It is never destroyed: SimGrid's clock is static, so a new engine would
/// begin in the middle of the old one's time.
void start_simgrid() {
  if (simgrid::s4u::Engine::has_instance()) {
    throw std::logic_error("a process can have one Timeline: SimGrid has one engine a process");
  }
  std::array<std::string, 7> words = {
      "strata",
      "--log=root.threshold:error",
      "--cfg=network/model:CM02",      // the default, LV08, scales latency by 13
      "--cfg=network/crosstraffic:0",  // by default, replies take 5 % of the bandwidth
      "--cfg=contexts/guard-size:0",   // guard pages run out of mappings at 32k actors
      "--cfg=contexts/stack-size:64",  // KiB
      "--cfg=surf/precision:1e-9",     // s
  };
  std::array<char*, words.size() + 1> arguments{};
  std::transform(words.begin(), words.end(), arguments.begin(), [](auto& w) { return w.data(); });
  int count = static_cast<int>(words.size());
  new simgrid::s4u::Engine(&count, arguments.data());
  simgrid::s4u::create_empty_zone("machine")->create_host("host", 1e9);
}

}  // namespace

Tick round_up(double ns) {
  return static_cast<Tick>(std::min(std::max(std::ceil(ns - kTimeSlackNs), 0.0), 0x1p61));
}

Timeline::Timeline() { start_simgrid(); }

Timeline::~Timeline() {
  if (timer_ != nullptr) timer_->remove();
}

EventId Timeline::at(Tick when, std::function<void()> what) {
  if (when < now_) throw std::logic_error("an event was scheduled in the past");
  std::uint32_t slot = static_cast<std::uint32_t>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  const EventId event{slot, ++scheduled_};
  slots_[slot].order = event.order;
  slots_[slot].what = std::move(what);
  queue_.push(slot, {when, event.order});
  if (!firing_) arm();
  return event;
}

void Timeline::cancel(EventId event) {
  if (event.order == 0 || event.slot >= slots_.size()) return;
  if (slots_[event.slot].order != event.order) return;
  queue_.erase(event.slot);
  take(event.slot);
  if (!firing_) arm();
}

void Timeline::run() {
  if (firing_) throw std::logic_error("run() was called by an event");
  arm();
  simgrid::s4u::Engine::get_instance()->run();
}

std::function<void()> Timeline::take(std::uint32_t slot) {
  slots_[slot].order = 0;
  free_.push_back(slot);
  return std::exchange(slots_[slot].what, nullptr);
}

/// Makes SimGrid's timer stand for the next instant, or none if nothing is pending.
void Timeline::arm() {
  if (timer_ != nullptr) {
    if (!queue_.empty() && queue_.top_key().tick == armed_) return;
    timer_->remove();
    timer_ = nullptr;
  }
  if (queue_.empty()) return;
  armed_ = queue_.top_key().tick;
  const double date = static_cast<double>(armed_) / 1e9;
  timer_ = simgrid::kernel::timer::Timer::set(std::max(date, simgrid::s4u::Engine::get_clock()),
                                              [this] { fire(); });
}

/// The armed instant has come: runs all of its events, then arms the next.
void Timeline::fire() {
  timer_ = nullptr;  // SimGrid deletes a timer that fired
  now_ = armed_;
  const struct Firing {
    Timeline& timeline;
    explicit Firing(Timeline& t) : timeline(t) { t.firing_ = true; }
    ~Firing() {
      timeline.firing_ = false;
      timeline.arm();
    }
  } firing(*this);
  while (!queue_.empty() && queue_.top_key().tick == now_) {
    const std::uint32_t slot = queue_.top();
    queue_.erase(slot);
    ++events_;
    take(slot)();
  }
}

}  // namespace strata
