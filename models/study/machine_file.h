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
  std::map<std::string, DeviceFile> devices;
  std::array<Sourced<Duration>, kCrossings> crossings;
  std::vector<Row> rows;
  Place place;
};

MachineFile read_machine(const Node& node, const std::string& id, Issues& issues);

}  // namespace strata
