#include "models/host/device.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/host/require.h"

namespace strata {

Device::Device(Timeline& timeline, double bytes_per_second, Tick latency, Discipline discipline)
    : timeline_(timeline),
      ns_per_byte_(1e9 / bytes_per_second),
      latency_(latency),
      discipline_(discipline),
      last_(timeline.now()) {
  require(bytes_per_second > 0, "a device needs more than 0 bytes per second");
  require(latency >= 0, "a device's latency must be 0 ns or more");
}

Device::~Device() { timeline_.cancel(event_); }

void Device::submit(double bytes, std::function<void()> done) {
  require(bytes >= 0 && std::isfinite(bytes), "a request must have 0 or more bytes, and finite");
  catch_up();
  ++use_.submitted;
  use_.bytes += bytes;
  if (discipline_ == Discipline::shared) {
    sharing_.push({served_ + bytes, use_.submitted, std::move(done)});
    arm();
    return;
  }
  const double service_ns = bytes * ns_per_byte_;
  use_.busy_ns += service_ns;
  backlog_ns_ += service_ns;
  timeline_.at(timeline_.now() + round_up(backlog_ns_) + latency_, std::move(done));
}

DeviceUse Device::use() const {
  const double since = static_cast<double>(timeline_.now() - last_);
  DeviceUse use = use_;
  if (discipline_ == Discipline::fifo) use.busy_ns -= std::max(backlog_ns_ - since, 0.0);
  if (!sharing_.empty()) use.busy_ns += since;
  return use;
}

/// Brings the clocks to now. Among n sharing requests each receives 1/n of the rate; one that ends
/// on the way leaves its part to the rest at the very time it ended.
void Device::catch_up() {
  double left = static_cast<double>(timeline_.now() - last_);
  last_ = timeline_.now();
  backlog_ns_ = std::max(backlog_ns_ - left, 0.0);
  while (!sharing_.empty()) {
    const double ns_per_byte_each = ns_per_byte_ * static_cast<double>(sharing_.size());
    const double wait = std::max(sharing_.top().finish - served_, 0.0) * ns_per_byte_each;
    const bool ends = wait <= left + 2 * kTimeSlackNs;
    const double step = ends ? std::min(wait, left) : left;
    use_.busy_ns += step;
    left -= step;
    if (!ends) {
      served_ += step / ns_per_byte_each;
      break;
    }
    served_ = sharing_.top().finish;
    timeline_.at(timeline_.now() + latency_, std::move(sharing_.top().done));
    sharing_.pop();
  }
  if (sharing_.empty()) served_ = 0;
}

/// Has the timeline call back when the next sharing request ends. The clocks stand at now.
void Device::arm() {
  Tick due = -1;
  if (!sharing_.empty()) {
    const double bytes = std::max(sharing_.top().finish - served_, 0.0);
    const double requests = static_cast<double>(sharing_.size());
    due = timeline_.now() + round_up(bytes * ns_per_byte_ * requests);
  }
  if (due == armed_) return;
  timeline_.cancel(event_);
  armed_ = due;
  if (due >= 0) event_ = timeline_.at(due, [this] { fire(); });
}

void Device::fire() {
  armed_ = -1;
  catch_up();
  arm();
}

}  // namespace strata
