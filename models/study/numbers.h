#pragma once

#include <string>
#include <vector>

#include "models/study/machine_file.h"
#include "models/study/stack_file.h"

namespace strata {

/// A number of a stack and what it is: "kvm.ops.packet_send.latency".
struct NamedNumber {
  std::string layer;
  std::string what;
  Sourced<Quantity> number;
};

/// Every sourced number a stack rests on, layer by layer from the top, each once.
std::vector<NamedNumber> numbers(const StackFile& stack);
/// The same of a machine; the layer is "machine".
std::vector<NamedNumber> numbers(const MachineFile& machine);

}  // namespace strata
