#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/study/layer_file.h"

namespace strata {

/// How a machine runs guests: its KVM's kind, or in what it is emulated. Rows of one kind of
/// execution (hardware, pagetable KVM, emulation) are comparable, rows of two are not.
const std::vector<std::string>& accel_names();

struct DeviceFile {
  Sourced<Bandwidth> rate;
  Sourced<Duration> latency;
  std::optional<Sourced<Ratio>> jitter;  ///< coefficient of variation of the latency
};

/// The bottom of every stack: what crossing between layers costs on this silicon, and what the
/// hardware itself does for the operations that reach it.
/// How starts are asked for on this machine, outside every boot's clock: a shell, xargs, a
/// scheduler's agent. One process is started at a time.
struct LauncherFile {
  Sourced<Duration> each;     ///< cpu to start one process, during which no other is started
  Sourced<Duration> between;  ///< cpu of the launcher's own after a start, before it asks for more
};

/// What other virtual machines that are starting do to a start. Alone it takes what its phases
/// state.
///
/// Each other one makes work in the host's kernel longer by a share: locks that are spun on and
/// cache lines that are handed around cost in proportion to how many want them (Boyd-Wickizer et
/// al., Linux Symposium 2012). How much a phase meets of it is chance.
struct ContentionFile {
  Sourced<Ratio> vm_start;    ///< share that each other on the host's side adds to its cpu there
  Sourced<Ratio> guest_boot;  ///< the same among those that are in their guests
  Sourced<Ratio> spread;      ///< coefficient of variation of these, from phase to phase
};

/// What it takes to wake a thread that sleeps on a processor with nothing else to do, from the
/// notification until it runs: interrupt, leaving the idle state, the scheduler.
struct IdleFile {
  Sourced<Duration> wake;        ///< of a processor that has just gone idle
  Sourced<Duration> deep;        ///< of one in the deepest state its kernel uses
  Sourced<Duration> deep_after;  ///< idle for so long, it is in that one
};

/// What a guest pays where its instructions are interpreted (QEMU's TCG).
struct EmulationFile {
  Sourced<Ratio> work;        ///< ns per ns natively, of whatever guest kernel and application do
  Sourced<Duration> syscall;  ///< the crossing into the guest's kernel
};

/// A core's way to memory: what a program's run time is made of.
struct MemoryPath {
  Sourced<Ratio> work;         ///< cycles of one instruction that finds all it needs in the core
  Sourced<Bytes> cache;        ///< last level, shared by all cores
  Sourced<Ratio> ways;         ///< lines of a set of it
  Sourced<Duration> hit;       ///< an access past the core's own cache that finds its line there
  Sourced<Duration> alone;     ///< one that goes on to memory, beyond `hit`, nobody else there
  Sourced<Duration> beside;    ///< beside cores that keep the cache busy, and
  Sourced<Duration> spilling;  ///< beside cores whose lines do not fit in it
  Sourced<Ratio> streamed;     ///< share of a latency left where lines follow each other
};

struct MachineFile {
  std::string id;
  std::string title;
  std::vector<std::string> aliases;
  int cores = 1;
  int era = 0;
  std::string accel;
  Sourced<Frequency> clock;
  Sourced<Bytes> memory;
  Sourced<Bandwidth> memory_bandwidth;  ///< at which one core zeroes or copies memory
  /// One instruction of a filter of system calls, as the kernels there execute it: compiled,
  /// interpreted, or not at all where they remember which calls it always allows.
  Sourced<Duration> filter_step;
  std::map<std::string, DeviceFile> devices;
  std::optional<LauncherFile> launcher;
  std::optional<EmulationFile> emulation;
  std::optional<ContentionFile> contention;
  std::optional<IdleFile> idle;
  std::optional<MemoryPath> memory_path;
  std::array<Sourced<Duration>, kCrossings> crossings;
  std::vector<Row> rows;
  Place place;
};

/// Whether the machine interprets a stack's guest instruction by instruction and says what that
/// costs.
bool emulates(const MachineFile& machine, const std::string& accel);

MachineFile read_machine(const Node& node, const std::string& id, Issues& issues);

}  // namespace strata
