#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "models/host/timeline.h"

namespace strata {

enum class Discipline {
  fifo,    ///< one request at a time, in order of arrival: a disk with a queue of one
  shared,  ///< all requests at once at equal rates: a disk with a deep queue, a NIC with many flows
};

/// How a device was used so far. Differences of two are those of the interval between.
struct DeviceUse {
  std::uint64_t submitted = 0;
  double bytes = 0;    ///< submitted
  double busy_ns = 0;  ///< time with at least one request in service, until now
};

/// Something that moves bytes at a rate and adds a latency: a disk, a NIC, a channel.
///
/// A request is in service until its bytes have passed, then waits out the latency, which occupies
/// nothing. Service times are kept exactly; `done` is called at the first whole ns not before.
class Device {
 public:
  /// `bytes_per_second` > 0, `latency` >= 0 ns.
  Device(Timeline& timeline, double bytes_per_second, Tick latency, Discipline discipline);
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device();

  /// `done` is called once, from the timeline, never from inside submit(). `bytes` >= 0.
  void submit(double bytes, std::function<void()> done);

  DeviceUse use() const;

 private:
  struct Request {
    double finish;                                ///< on the virtual clock, in bytes
    std::uint64_t order;                          ///< of submission
    mutable std::function<void()> done;           ///< moved out of the queue's top, which is const
    bool operator<(const Request& other) const {  ///< a max-heap's: the next to end is greatest
      return finish != other.finish ? finish > other.finish : order > other.order;
    }
  };

  void catch_up();
  void arm();
  void fire();

  Timeline& timeline_;
  const double ns_per_byte_;
  const Tick latency_;
  const Discipline discipline_;
  DeviceUse use_;          ///< busy_ns: shared, until `last_`; fifo, with the backlog at `last_`
  Tick last_ = 0;          ///< when what follows was true
  double backlog_ns_ = 0;  ///< fifo: work in the queue
  double served_ = 0;      ///< shared: bytes a request in service since the idle time has received
  std::priority_queue<Request> sharing_;  ///< shared: in service
  EventId event_;                         ///< shared: the next completion
  Tick armed_ = -1;                       ///< when `event_` is due; -1: none pending
};

}  // namespace strata
