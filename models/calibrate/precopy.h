#pragma once

namespace strata {

/// A live migration by pre-copy: memory is sent while the guest runs, then what it wrote meanwhile,
/// again and again, until little enough is left to stop it and send the rest (Clark et al., Live
/// Migration of Virtual Machines, NSDI 2005).
struct Precopy {
  double memory = 0;  ///< of the guest, B
  double dirty = 0;   ///< memory it writes anew, B/s
  double link = 0;    ///< B/s

  /// When the guest is stopped: the first of those that are stated (0: not stated).
  double left = 0;      ///< no more than this is left to send, B
  double downtime = 0;  ///< what is left can be sent within this, s
  int rounds = 0;       ///< so many rounds are done
};

struct Moved {
  double total = 0;     ///< s
  double downtime = 0;  ///< of it, with the guest stopped, s
  double sent = 0;      ///< B
  int rounds = 0;       ///< before the guest was stopped
};

/// Plays the rounds. In one of length t the guest writes the smaller of dirty * t and its memory.
/// A rule that never strikes gives infinite times: the guest writes faster than the link sends.
/// Precondition: memory and link are positive.
Moved migrate(const Precopy& plan);

}  // namespace strata
