#include "real-harness/application/usage.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace strata {
namespace {

namespace fs = std::filesystem;

/// What the kernel counts.
struct Event {
  std::uint32_t type;
  std::uint64_t which;
};

/// An event's count for a thread and all it starts from now on.
Fd count(pid_t thread, Event event) {
  perf_event_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.size = sizeof attributes;
  attributes.type = event.type;
  attributes.config = event.which;
  attributes.inherit = 1;
  const long fd = syscall(SYS_perf_event_open, &attributes, thread, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0 && errno != ESRCH)  // a thread may end meanwhile
    throw std::runtime_error(
        fmt::format("the kernel does not let page faults and context switches be counted "
                    "(perf_event_open: {}); see /proc/sys/kernel/perf_event_paranoid",
                    std::strerror(errno)));
  return Fd(static_cast<int>(fd));
}

/// The entry of any system call. The kernel says its number in tracefs, which need not be mounted:
/// it is then mounted where nobody else sees it.
std::optional<Event> system_call() {
  Launch launch;
  launch.argv = {"/bin/sh", "-c",
                 "at=/sys/kernel/tracing\n"
                 "[ -e $at/events ] || mount -t tracefs none $at\n"
                 "exec cat $at/events/raw_syscalls/sys_enter/id"};
  launch.own_namespaces = true;
  const Ran ran = run_program(launch, "");
  const std::uint64_t number = std::strtoull(ran.output.c_str(), nullptr, 10);
  if (!ran.failure.empty() || number == 0) return {};
  return Event{PERF_TYPE_TRACEPOINT, number};
}

double sum(const std::vector<Fd>& counts) {
  double total = 0;
  for (const Fd& one : counts) {
    std::uint64_t value = 0;
    if (one.get() >= 0 && ::read(one.get(), &value, sizeof value) == sizeof value)
      total += static_cast<double>(value);
  }
  return total;
}

/// All interfaces but the loopback, in the processes' network namespace.
void add_packets(const fs::path& process, ProcessUsage& usage) {
  std::ifstream in(process / "net" / "dev");
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream name(line.substr(0, colon)), numbers(line.substr(colon + 1));
    std::string device;
    name >> device;
    double column[16] = {};
    for (double& value : column) numbers >> value;
    if (device == "lo") continue;
    usage.bytes_received += column[0], usage.packets_received += column[1];
    usage.bytes_sent += column[8], usage.packets_sent += column[9];
  }
}

/// CPU time of a process and of those it waited for.
void add_time(const fs::path& process, ProcessUsage& usage) {
  std::ifstream in(process / "stat");
  std::string line;
  std::getline(in, line);
  std::istringstream words(line.substr(line.rfind(')') + 1));  // the name may hold anything
  std::string word;
  double ticks[4] = {};  // user, system, and those of whom it waited for
  for (int field = 3; words >> word && field <= 17; ++field)
    if (field >= 14) ticks[field - 14] = std::stod(word);
  const auto second = static_cast<double>(sysconf(_SC_CLK_TCK));
  usage.user += (ticks[0] + ticks[2]) / second;
  usage.seen += (ticks[0] + ticks[1] + ticks[2] + ticks[3]) / second;
}

ProcessUsage totals(const std::vector<fs::path>& processes) {
  ProcessUsage usage;
  if (!processes.empty()) add_packets(processes.front(), usage);
  for (const fs::path& process : processes) add_time(process, usage);
  return usage;
}

}  // namespace

UsageCounter::UsageCounter(std::vector<fs::path> processes) : processes_(std::move(processes)) {
  const auto call = system_call();
  for (const fs::path& process : processes_) {
    std::error_code none;
    for (const auto& thread : fs::directory_iterator(process / "task", none)) {
      const pid_t id = std::stoi(thread.path().filename().string());
      faults_.push_back(count(id, {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS}));
      switches_.push_back(count(id, {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES}));
      cpu_.push_back(count(id, {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK}));
      if (call) calls_.push_back(count(id, *call));
    }
  }
  before_ = totals(processes_);
}

ProcessUsage UsageCounter::read() const {
  ProcessUsage usage = totals(processes_);
  usage.packets_sent -= before_.packets_sent, usage.bytes_sent -= before_.bytes_sent;
  usage.packets_received -= before_.packets_received;
  usage.bytes_received -= before_.bytes_received;
  usage.user -= before_.user, usage.seen -= before_.seen;
  usage.cpu = sum(cpu_) / 1e9;
  usage.faults = sum(faults_), usage.switches = sum(switches_);
  if (!calls_.empty()) usage.calls = sum(calls_);
  return usage;
}

}  // namespace strata
