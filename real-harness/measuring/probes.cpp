#include <cstdint>

#include "real-harness/measuring/life.h"
#include "real-harness/owned/network.h"

namespace strata {
namespace {

double ns_each(const Outcome&, const StepAnswer& a) { return a.ns / a.count; }
double us_each(const Outcome&, const StepAnswer& a) { return a.ns / a.count / 1e3; }
double per_second(const Outcome&, const StepAnswer& a) { return a.count / a.ns * 1e9; }
double thousands_per_second(const Outcome&, const StepAnswer& a) { return a.count / a.ns * 1e6; }
double gigabits_per_second(const Outcome&, const StepAnswer& a) { return a.count * 8 / a.ns; }

auto mib(std::int64_t MemoryUse::*part) {
  return [part](const Outcome& o, const StepAnswer&) {
    return static_cast<double>((*o.memory).*part) / 1024;
  };
}

double nothing(const Outcome&, const StepAnswer&) { return 0; }

}  // namespace

std::vector<Probe> probes(bool quick) {
  const auto loops = [quick](int few, int many) { return std::to_string(quick ? few : many); };
  const std::string ms = loops(100, 500);
  const std::string at = Network::kInstance;
  const std::string compute = "compute", network = "network", disk = "disk";
  return {
      {"boot.total",
       "ms",
       "from the exec of the launcher to the mark main",
       compute,
       From::marks,
       {},
       [](const Outcome& o, const StepAnswer&) {
         return static_cast<double>(*o.main - o.exec) / 1e6;
       }},
      // Before all else, and before anything waits for the host.
      {"boot.guest",
       "ns",
       "from the machine's start to the mark main",
       compute,
       From::instance,
       {"counter"},
       ns_each,
       true},
      // Before the loops, which leave memory behind.
      {"memory.private",
       "MiB",
       "of the payload's process alone",
       compute,
       From::memory,
       {"wait"},
       mib(&MemoryUse::private_)},
      {"memory.pss",
       "MiB",
       "shared pages divided among those who map them",
       compute,
       From::memory,
       {"wait"},
       mib(&MemoryUse::pss)},
      {"memory.rss",
       "MiB",
       "shared pages counted whole",
       compute,
       From::memory,
       {"wait"},
       mib(&MemoryUse::rss)},
      {"memory.configured",
       "MiB",
       "promised to the instance at its start",
       compute,
       From::promise,
       {},
       [](const Outcome& o, const StepAnswer&) { return static_cast<double>(*o.configured); }},
      {"syscall.latency",
       "ns",
       "one null system call (getppid)",
       compute,
       From::instance,
       {"syscall", loops(100'000, 500'000)},
       ns_each},
      {"page_fault.latency",
       "ns",
       "first touch of one 4 KiB page, huge pages off",
       compute,
       From::instance,
       {"touch", "16"},  // MiB, which the smallest of the machines have to spare
       ns_each},
      {"hypercall.latency",
       "ns",
       "one null call of what runs the instance (tender, VMM or hypervisor), by a unikernel; by "
       "Linux "
       "under Xen what its kernel's call adds to a read",
       compute,
       From::instance,
       {"hypercall", loops(500, 2000)},
       ns_each},
      {"exit.latency",
       "ns",
       "one CPUID, which a hypervisor on hardware takes an exit for, by a unikernel or Linux under "
       "Xen",
       compute,
       From::instance,
       {"cpuid", loops(500, 2000)},
       ns_each},
      {"switch.latency",
       "ns",
       "one byte to another process and back",
       compute,
       From::instance,
       {"switch", loops(2000, 10'000)},
       ns_each},
      {"loopback.throughput",
       "Gbit/s",
       "TCP between two processes of one instance",
       compute,
       From::instance,
       {"stream", ms},
       gigabits_per_second},

      {"network.tcp_receive.throughput",
       "Gbit/s",
       "TCP from the peer",
       network,
       From::peer,
       {"tcp-send", at, ms},
       gigabits_per_second},
      {"network.tcp_send.throughput",
       "Gbit/s",
       "TCP to the peer",
       network,
       From::peer,
       {"tcp-receive", at, ms},
       gigabits_per_second},
      {"network.round_trip.latency",
       "us",
       "one byte from the peer and back, TCP",
       network,
       From::peer,
       {"tcp-round-trips", at, loops(200, 1000)},
       us_each},
      {"network.udp64_receive.rate",
       "k/s",
       "packets of 64 bytes that arrived",
       network,
       From::peer,
       {"udp-send", at, "64", ms},
       thousands_per_second},
      {"network.udp1448_receive.rate",
       "k/s",
       "packets of 1448 bytes that arrived",
       network,
       From::peer,
       {"udp-send", at, "1448", ms},
       thousands_per_second},
      {"network.udp64_send.rate",
       "k/s",
       "packets of 64 bytes that arrived at the peer",
       network,
       From::peer,
       {"udp-receive", at, "64", ms},
       thousands_per_second},
      {"network.udp1448_send.rate",
       "k/s",
       "packets of 1448 bytes that arrived at the peer",
       network,
       From::peer,
       {"udp-receive", at, "1448", ms},
       thousands_per_second},

      {"block.read.latency",
       "us",
       "random reads of 4 KiB, one at a time",
       disk,
       From::disk,
       {"block", "{disk}", "1", loops(200, 2000)},
       us_each},
      {"block.read.iops",
       "1/s",
       "random reads of 4 KiB, 32 at a time",
       disk,
       From::disk,
       {"block", "{disk}", "32", loops(2000, 20'000)},
       per_second},

      {"memory.total",
       "MiB",
       "of all instances there: PSS of all their processes, and the kernel's memory for them",
       "instances",
       From::total,
       {"wait"},
       nothing},
      {"memory.marginal",
       "MiB",
       "of one instance more: the slope of memory.total",
       "instances",
       From::slope,
       {"wait"},
       nothing},
      {"memory.total.merged",
       "MiB",
       "memory.total with equal pages merged",
       "merged",
       From::total,
       {"wait"},
       nothing,
       false,
       true},
      {"memory.marginal.merged",
       "MiB",
       "memory.marginal with equal pages merged",
       "merged",
       From::slope,
       {"wait"},
       nothing,
       false,
       true},
  };
}

}  // namespace strata
