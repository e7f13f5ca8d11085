#pragma once

#include <cstdint>
#include <vector>

namespace strata {

/// Hosts that fetch one image over one network, and start from it. Chunks of equal size travel one
/// at a time to a host at its link's rate; the registry serves as many hosts at a time as its own
/// rate holds, and with `peers` every host hands on what it has, one chunk at a time. Which host
/// waits how long emerges. Unpacking and disks are not in it.
struct PullSpec {
  std::uint32_t hosts = 1;
  std::uint32_t at_once = UINT32_MAX;  ///< hosts that fetch or restart at a time; all: a storm
  std::int64_t bytes = 0;              ///< of the image, rounded up to whole chunks
  std::int64_t chunk = 4 << 20;        ///< bytes; a smaller image is one chunk
  /// The share of the image that an instance reads before it serves; it starts when that is there
  /// and the rest follows (lazy pull). 1: the whole image first.
  double needed = 1;
  bool peers = false;
  double host_rate = 0, registry_rate = 0;  ///< bytes a second
  std::int64_t restart = 0;                 ///< ns, once the image is there
  std::vector<double> cached = {};          ///< by host: share of the image it has; empty: none
  std::uint64_t seed = 1;                   ///< of which peer is asked
};

struct PullOutcome {
  std::vector<std::int64_t> started;  ///< by host, ns: what it needs is there, and it restarted
  std::int64_t last_byte = 0;         ///< ns: every host has all of it
  std::int64_t registry_bytes = 0, peer_bytes = 0;
  std::uint32_t most_down = 0;  ///< hosts between a begun restart and its end, at most
};

/// Plays it. Deterministic. Throws std::invalid_argument for rates or sizes that are not positive,
/// and std::logic_error when the bytes handed out are not those that were missing.
PullOutcome pull(const PullSpec& spec);

}  // namespace strata
