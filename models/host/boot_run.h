#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/host/ledger.h"
#include "models/host/timeline.h"
#include "models/layers/boot.h"
#include "models/study/trace.h"

namespace strata {

/// The machine as the host scale sees it, numbers put in.
struct HostNumbers {
  int cores = 1;
  double disk_bytes_per_second = 0;
  Tick disk_latency = 0;
  double nic_bytes_per_second = 0;
  Tick nic_latency = 0;
  double launch = 0;   ///< ns of cpu to start one process, one at a time
  double between = 0;  ///< ns of cpu of the launcher after a start is done, before it asks for more
};
HostNumbers host_numbers(const MachineFile& machine, const Draws& draws);

/// How instances are started: `in_flight` kept starting until `starts` were begun, or all of them
/// at time zero when in_flight is 0. A started instance leaves at once (`stays` false: boot is
/// measured) or goes on running, so that later starts find it there.
struct StartPattern {
  int starts = 1;
  int in_flight = 1;
  bool stays = false;
  int already_running = 0;
};

/// One start: when the launcher was executed, the guest's first instruction ran and the
/// application made its first mark; and when the phases with a clock of their own began.
struct Start {
  Tick begin = 0;
  Tick guest = 0;
  Tick end = 0;
  std::vector<Tick> clocks;  ///< in the order of BootPlan::clocks
};

/// One phase of one start, for the timeline picture.
struct Span {
  int instance = 0;
  std::size_t phase = 0;
  Tick begin = 0;
  Tick locked = 0;  ///< when its lock was granted; begin if it takes none
  Tick end = 0;
};

struct BootRun {
  std::vector<Start> starts;  ///< in order of launch
  std::vector<Span> spans;    ///< of the first `span_limit` starts
  std::uint64_t events = 0;
};

/// Plays starts on one machine: cores shared by schedulers on schedulers, locks by name, a disk, a
/// NIC. Phases of guest and application run on the instance's vCPUs; the rest are host programs.
/// `stream` names the random streams of the jitter; the draw of one start depends on its number
/// alone. Makes the process's Timeline, so call it once in a forked worker.
BootRun run_boots(const BootPlan& plan, int vcpus, const HostNumbers& host,
                  const StartPattern& pattern, std::uint64_t seed, const std::string& stream,
                  int span_limit = 0);

/// One replayed arrival: its start, and the end of its service.
struct Served {
  Start start;
  Tick arrived = 0;
  Tick served = 0;
  bool refused = false;  ///< its memory did not fit; then nothing else is said
};

/// The host's memory during a replay: what an instance adds when it starts and takes away when it
/// stops.
struct HostMemory {
  Ledger& ledger;
  std::function<void(Ledger::Holder)> add_instance;
  std::int64_t needed =
      0;  ///< resident bytes one more instance adds; it is refused if they do not fit
};

struct ReplayRun {
  std::vector<Served> served;  ///< in order of arrival
  int most_running = 0;
  std::int64_t most_resident = 0;  ///< bytes
  double utilisation = 0;          ///< share of the machine's core time in use until the last end
  std::uint64_t events = 0;
};

/// Plays recorded arrivals: each starts an instance of its own, which serves its work at `slowdown`
/// ns per ns of work, and stops; one whose memory does not fit is refused. Makes the process's
/// Timeline.
ReplayRun run_arrivals(const BootPlan& plan, int vcpus, const HostNumbers& host,
                       const HostMemory& memory, const std::vector<Arrival>& arrivals,
                       double slowdown, std::uint64_t seed, const std::string& stream);

/// An instance that comes and stays: it starts at `at` and leaves `life` later, or as soon as it
/// has started if that is later.
struct Stay {
  Tick at = 0;
  Tick life = 0;
};

struct StayRun {
  std::vector<Start> starts;           ///< in order of arrival
  std::vector<std::int64_t> resident;  ///< bytes of the host after each arrival and departure
};

/// Plays instances that come and stay, idle once they have started; none is refused. Makes the
/// process's Timeline.
StayRun run_stays(const BootPlan& plan, int vcpus, const HostNumbers& host,
                  const HostMemory& memory, const std::vector<Stay>& stays, std::uint64_t seed,
                  const std::string& stream);

}  // namespace strata
