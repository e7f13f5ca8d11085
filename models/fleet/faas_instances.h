#pragma once

#include <cstdint>
#include <vector>

#include "models/fleet/faas_apps.h"

namespace strata {

/// One instance of an application, times in us.
struct FaasInstance {
  enum class State : std::uint8_t { free, starting, busy, idle };

  HostId host = kNoHost;
  std::uint32_t app = 0;
  std::uint32_t newer = FaasApps::kNone,
                older = FaasApps::kNone;  ///< idle ones of its application
  std::uint32_t born = 0;                 ///< how often this slot was used before
  State state = State::free;
  bool expiry_pending = false;
  bool has_call = false;
  bool restart = false;     ///< starting: in the place of one whose host failed
  std::int64_t loaded = 0;  ///< when it began to start
  std::int64_t since = 0;   ///< of this state
  /// Idle: when it is unloaded; loaded before a call: how long it is kept.
  std::int64_t until = 0;
  /// Starting with a call: when that came; busy: work in virtual time.
  std::int64_t call = 0;
  /// Starting: the call's duration; busy: virtual time at which it ends.
  std::int64_t target = 0;
};
static_assert(sizeof(FaasInstance) <= 64);

/// All instances, in slots that are used again, and each application's idle
/// ones, newest first.
class FaasInstances {
 public:
  FaasInstance& operator[](std::uint32_t i) { return slots_[i]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(slots_.size()); }

  /// One that begins to start.
  std::uint32_t add(HostId host, std::uint32_t app, std::int64_t now) {
    std::uint32_t i;
    if (free_.empty()) {
      i = size();
      slots_.emplace_back();
    } else {
      i = free_.back();
      free_.pop_back();
    }
    FaasInstance& instance = slots_[i];
    const std::uint32_t born = instance.born + 1;
    instance = {};
    instance.host = host;
    instance.app = app;
    instance.born = born;
    instance.state = FaasInstance::State::starting;
    instance.loaded = instance.since = now;
    return i;
  }

  void remove(std::uint32_t i) {
    slots_[i].state = FaasInstance::State::free;
    free_.push_back(i);
  }

  /// `app` is the instance's own.
  void push_idle(std::uint32_t i, FaasApps::App& app) {
    slots_[i].older = app.newest;
    slots_[i].newer = FaasApps::kNone;
    if (app.newest != FaasApps::kNone) slots_[app.newest].newer = i;
    app.newest = i;
  }

  void take_idle(std::uint32_t i, FaasApps::App& app) {
    const FaasInstance& instance = slots_[i];
    (instance.newer != FaasApps::kNone ? slots_[instance.newer].older : app.newest) =
        instance.older;
    if (instance.older != FaasApps::kNone) slots_[instance.older].newer = instance.newer;
  }

 private:
  std::vector<FaasInstance> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace strata
