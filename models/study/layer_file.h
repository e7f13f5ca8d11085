#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/base/sourced.h"
#include "models/study/memory_kind.h"
#include "models/study/node.h"
#include "models/study/operation.h"

namespace strata {

/// One operation that another one causes, and where it goes.
struct Cause {
  enum class Direction { below, above, here };
  Op op{};
  Sourced<Ratio> count;
  Direction direction = Direction::below;
  bool batched = false;       ///< happens once a batch, so its count is divided by the batch size
  bool asynchronous = false;  ///< not waited for: CPU is spent, the caller's latency is not
};

/// A row of a layer: what one operation costs inside this layer alone, and what it causes.
struct Row {
  Op op{};
  std::optional<Sourced<Duration>> latency;              ///< until the caller goes on
  std::optional<Sourced<TimePerByte>> latency_per_byte;  ///< of the operation's payload
  /// Instructions of a filter of system calls that the operation goes through, and how many more
  /// for each number before the call's (WorkloadFile::call_number): each MachineFile::filter_step
  /// of cpu.
  std::optional<Sourced<Ratio>> filter_steps, filter_steps_per_number;
  /// CPU time by who pays; where empty, the latency is CPU paid by the layer's account.
  std::map<Account, Sourced<Duration>> cpu;
  std::map<Account, Sourced<TimePerByte>> cpu_per_byte;
  double copies = 0;  ///< copies of the payload made here
  std::vector<Cause> causes;
  Place place;
};

/// One step of a boot. It starts when all of `after` are done (see BootPlan), holds `lock` while it
/// spends cpu and wait, then reads `disk` and fetches `network`.
struct BootPhase {
  std::string name;
  std::optional<Sourced<Duration>> cpu;
  /// Of the processor that `cpu` was taken on: on another, work takes the clocks' ratio as long.
  /// Without it the source does not say, and the work is taken as it is.
  std::optional<Sourced<Frequency>> clock;
  std::optional<Sourced<Duration>> wait;
  std::optional<Sourced<Duration>> per_running;  ///< extra cpu per instance already running
  std::optional<Sourced<Bytes>> disk;            ///< read from the machine's disk
  std::optional<Sourced<Bytes>> network;         ///< fetched over the machine's NIC
  std::optional<Sourced<Bytes>> memory;  ///< zeroed or copied, hence CPU by memory bandwidth
  std::optional<Sourced<Ratio>> jitter;  ///< start-to-start coefficient of variation
  std::string lock;
  std::optional<std::vector<std::string>> after;
  std::optional<Account> account;
  Place place;
};

/// One kind of memory an instance (or, for `fixed`, the host) holds.
struct MemoryEntry {
  std::string name;
  MemoryKind kind{};
  Sourced<Bytes> size;
  std::string identity;  ///< shared and mergeable: what is the same as what
};

/// Work that goes on whether or not anyone asks: `rate` events a second of `cpu` each.
struct Housekeeping {
  std::string name;
  Sourced<Rate> rate;
  Sourced<Duration> cpu;
};

/// How a layer that runs guests translates their addresses a second time.
struct Translation {
  Sourced<Bytes> page;   ///< size of its pages
  Sourced<Ratio> cache;  ///< share of the last-level cache in which a guest's pages may lie
};

/// A layer as its file (or a plug-in) states it; see stacks/README.md for the keys.
struct LayerFile {
  std::string id;
  std::string title;
  std::string model = "table";
  std::optional<std::vector<Crossing>> accepts;  ///< table layers; models know their own
  Account account = Account::host;
  std::string virtualization;  ///< "kvm" or "xen" when the layer runs guests by it, else empty
  std::vector<Op> passes;      ///< operations that go on to the layer beneath untouched
  std::map<std::string, Sourced<Quantity>> parameters;
  std::vector<Row> rows;
  std::vector<BootPhase> boot;
  std::vector<MemoryEntry> memory;
  std::vector<Housekeeping> housekeeping;
  std::optional<Translation> translation;
  std::optional<Sourced<Bytes>> image;  ///< what of it is shipped with an application
  Place place;
};

/// Whether the layer has a row for this operation.
bool states(const LayerFile& layer, Op op);

/// Reads a layer. `overrides` are the keys a stack's own [layers.NAME] adds upon it.
LayerFile read_layer(const Node& node, const std::string& id, Issues& issues);

/// The parts a machine, an application and a layer have in common.
std::vector<Row> read_rows(class Reader& reader, const std::string& key);
std::vector<BootPhase> read_boot(class Reader& reader, const std::string& key);
std::vector<MemoryEntry> read_memory(class Reader& reader, const std::string& key);

}  // namespace strata
