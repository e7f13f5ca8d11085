#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/calibrate/grounds.h"
#include "models/layers/stations.h"

namespace strata {

/// What wakes whom where a hypervisor's back end and its guest sleep when there is nothing to do,
/// as layers and machine state it.
class Wakers {
 public:
  /// The files must outlive it. `peer_on_host`: who is at the other end is a process of the host.
  Wakers(const StackFile& stack, const MachineFile& machine, bool peer_on_host);

  /// Why nothing can be said of wake-ups on this machine; empty: it can.
  std::string lacks() const;
  /// Whether packets go through a back end at all.
  bool any() const { return hypervisor_ != nullptr; }
  std::vector<Ground> grounds() const;

  /// Requests a second that one instance serves, when so many connections ask in turn; without a
  /// number, always one more. A station that is at work when the next packet comes needs no waking;
  /// how often it is follows from the rate, the rate from what waking costs: a fixed point.
  double rate(const StackModel& model, const Draws& draws, std::optional<int> connections) const;
  /// What one packet of a long stream costs; every one is notified of, as it is a whole
  /// segment.
  Stations in_bulk(const StackModel& model, const Draws& draws) const;
  /// One packet to the instance and one back, when everybody has slept for `idle` ns, to a process
  /// of the host. ns
  double round_trip(const StackModel& model, const Draws& draws, double idle) const;

 private:
  /// What waking takes at one draw, ns.
  struct Waking {
    double shallow = 0, deep = 0, deep_after = 0;  ///< a processor of the host: see IdleFile
    double polled = 0;                             ///< a halted vCPU, before it sleeps
    double left = 0;                               ///< out of the guest and back into it
    double switched = 0;                           ///< to the guest's thread that waits
    double polled_for = 0;  ///< work, by a back end's thread each time it wakes

    /// A thread of the host whose processor has been idle for so long on average.
    double wake(double idle) const;
    /// The back end's thread, and what it does before it has a packet.
    double serve(double idle) const;
    /// A processor of the guest that had nothing to do for so long.
    double halt(double idle) const;
  };
  double stated(const LayerFile* layer, const char* parameter, const Draws& draws) const;
  std::optional<double> deliver(const Draws& draws) const;
  Waking drawn(const Draws& draws) const;

  const MachineFile& machine_;
  const LayerFile* hypervisor_ = nullptr;
  const LayerFile* guest_ = nullptr;
  const LayerFile* host_ = nullptr;  ///< states what delivery to a process of its costs
  bool peer_on_host_ = false;
};

/// Where an application's core takes no interrupts, the machine's own kernel takes packets in on
/// another: two stations, joined by the socket. On the other is what the layers of that kernel (the
/// host's account) do for a packet received, a container's devices and bridge included; with the
/// application stay the receiver's call and, of the kernel that states it, what is paid a byte: it
/// copies.
class TakenInBeside {
 public:
  /// The files must outlive it.
  TakenInBeside(const StackFile& stack, const WorkloadFile& workload);

  /// Whether the workload says so, and its kernel has another core: a guest has one.
  bool any() const { return kernel_ != nullptr; }
  std::vector<Ground> grounds() const;
  /// Requests a second, with so many connections that ask in turn; without a number, always one
  /// more.
  double rate(const StackModel& model, const Draws& draws, std::optional<int> connections) const;

 private:
  const LayerFile* kernel_ = nullptr;
};

}  // namespace strata
