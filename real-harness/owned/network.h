#pragma once

#include <optional>
#include <string>
#include <vector>

#include "real-harness/owned/child.h"

namespace strata {

/// A wire between an instance and a peer, in network namespaces of their own:
///
///     peer 10.77.0.1 --veth-- host [bridge] --veth or TAP-- instance 10.77.0.2
///
/// The peer stands for the machine at the other end, so every stack has the same wire and differs
/// in what comes after it. The namespaces have no names: descriptors alone hold them, so that the
/// kernel removes them, and all that is in them, with this program, however it ends. Needs root.
class Network {
 public:
  /// How the instance is attached to the host's namespace.
  enum class Port {
    host,  ///< not at all: it runs in the host's namespace, whose end of the wire has the address
    veth,  ///< a namespace of its own, a veth pair and the bridge
    tap,   ///< TAP device `tap0` (with vnet headers) on the bridge; the instance sets its address
  };
  static constexpr const char* kPeer = "10.77.0.1";
  static constexpr const char* kInstance = "10.77.0.2";
  static constexpr int kPrefix = 24;

  /// Nothing when networks can be made here; else one sentence: why not, and what to do.
  static std::optional<std::string> cannot();

  /// Throws std::system_error, or std::runtime_error with what `ip` said.
  explicit Network(Port port);

  /// Descriptors of the namespaces.
  int peer() const { return peer_.get(); }
  int host() const { return host_.get(); }  ///< where the VMM runs, and the TAP is
  /// Where the instance runs. Port::host and Port::tap: the same as host().
  int instance() const { return own_.get() >= 0 ? own_.get() : host_.get(); }

  /// The devices of all its namespaces but the loopbacks, as they are. A TAP shows what its
  /// instance takes (tso: segments of TCP up to 64 KiB), because that has told it so. Throws
  /// std::system_error.
  std::vector<WireDevice> devices() const;

  /// Port::tap: an open descriptor of `tap0`, for a VMM that is handed it (Launch::device). There
  /// can be one at a time. Throws std::system_error.
  Fd open_tap() const;

 private:
  Fd peer_, host_, own_;
};

/// The launch's peer is to be this program, at the other end of this wire, which must outlive it.
void add_peer(Launch& launch, const Network& network, const std::string& program);

}  // namespace strata
