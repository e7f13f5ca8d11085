#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/layers/stack_model.h"

namespace strata {

/// One change to a stack and what it does to the totals.
struct Change {
  std::string what;  ///< "guest: unikraft for linux_guest", "without container", "with tender"
  std::optional<Totals> totals;  ///< of the changed stack; nothing when it does not fit together
  std::string reason;            ///< then, why not
};

/// Stack `a` with one layer at a time made as in `b`: a layer both have is swapped, one only `a`
/// has is taken out, one only `b` has is put in at its place. Layers are matched by their name in
/// the stack. What does not fit together is reported with its reason, never guessed.
std::vector<Change> ablate(const StackFile& a, const StackFile& b, const MachineFile& machine,
                           const WorkloadFile& workload, const Draws& draws);

/// Each layer's own part of the totals, from the application to the machine; the crossings into a
/// layer count to it. The parts add up to the totals.
struct LayerPart {
  std::string layer;
  double latency = 0;
  double cpu = 0;
};
std::vector<LayerPart> parts(const StackModel& model, const Draws& draws);

}  // namespace strata
