#pragma once

#include <cstdint>
#include <vector>

#include "models/host/timeline.h"

namespace strata {

/// Guests whose vCPUs share the cores of a host, and in each a runtime that serves requests on
/// them, a request a vCPU, the oldest first. The last part of a request is done under a lock of its
/// guest's kernel. Runnable vCPUs queue for cores and keep one for a slice when others wait.
///
/// Two schedulers know nothing of each other: the host takes a core from a vCPU that holds the lock
/// as from any other, and those of its guest that want the lock spin meanwhile. With `knows` one
/// scheduler sees all: it lets a holder finish, as a kernel does that turns preemption off while it
/// holds a spin lock, and waking takes nothing extra. All else is the same, so what differs is the
/// stacking. Wake-ups never preempt in either; migration and caches are not in it.
struct VcpuSpec {
  int cores = 8;
  int guests = 2;
  int vcpus = 4;           ///< of each guest
  Tick slice = 3'000'000;  ///< ns
  double load = 0.6;       ///< the requests' own work, as a share of the cores
  Tick service = 200'000;  ///< ns of work of a request, mean of an exponential
  double locked = 0.05;    ///< share of it under the lock
  Tick spin = 20'000;      ///< ns a vCPU spins before it gives its core back and sleeps
  Tick wake = 0;           ///< ns of work of a vCPU when it wakes
  bool knows = false;
  int requests = 10'000;
  std::uint64_t seed = 1;
};

struct VcpuRun {
  std::vector<Tick> latencies;        ///< in order of arrival, each from its arrival to its end
  std::uint64_t holders_stopped = 0;  ///< times a core was taken from a holder of a lock
  Tick spun = 0;                      ///< ns of core time that waiters of locks spent spinning
  Tick worked = 0;                    ///< ns of core time of the requests' own work
};

/// Plays it to the last request's end. Deterministic; the requests depend on the seed alone. Throws
/// std::invalid_argument for a host that cannot serve what comes (a load of 1 or more, no core),
/// std::logic_error when work was lost.
VcpuRun run_vcpus(const VcpuSpec& spec);

}  // namespace strata
