#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "real-harness/owned/child.h"

namespace strata {

/// What an instance asked of the kernel between two moments, totals.
struct ProcessUsage {
  double packets_sent = 0, bytes_sent = 0;  ///< as its network device counts, frames whole
  double packets_received = 0, bytes_received = 0;
  double faults = 0;            ///< page faults, minor and major
  double switches = 0;          ///< context switches of its threads, to idleness and to others' too
  std::optional<double> calls;  ///< system calls; nothing: this kernel does not tell
  double cpu = 0;               ///< s of CPU time, all of it
  double seen = 0;              ///< s of it that the next line knows of: of processes that live, or
                                ///< were waited for
  double user = 0;              ///< s of CPU time in user space, in the kernel's ticks
};

/// Counts what processes, and all they start from now on, do. Page faults, context switches and
/// system calls are the kernel's own events (perf_event_open): nothing is stopped for them, and
/// threads that come and go are seen. User time is that of the processes and of those they waited
/// for.
class UsageCounter {
 public:
  /// `processes` are /proc entries. Throws std::runtime_error in one sentence when this kernel does
  /// not let its events be counted.
  explicit UsageCounter(std::vector<std::filesystem::path> processes);

  ProcessUsage read() const;

 private:
  std::vector<std::filesystem::path> processes_;
  std::vector<Fd> faults_, switches_, calls_, cpu_;
  ProcessUsage before_;  // what is counted since long ago
};

}  // namespace strata
