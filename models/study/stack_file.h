#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/study/layer_file.h"

namespace strata {

/// By which crossing some operations enter a layer from the one above.
struct Entry {
  Crossing crossing{};
  std::vector<Op> ops;  ///< empty: every operation no other entry names
  Place place;
};

/// A layer at its place in a stack.
struct StackLayer {
  std::string name;  ///< its role here, e.g. guest
  std::string use;   ///< the layer file it came from, e.g. linux
  LayerFile layer;   ///< with the stack's own keys laid upon it, and its model's rows made
  std::vector<Entry> entered_by;
};

/// An edge beside the chain, e.g. passthrough from the guest to the machine.
struct Bypass {
  std::string from, to;  ///< layer names; "machine" is the bottom
  Crossing crossing{};
  std::vector<Op> ops;
  Place place;
};

/// A stack as its file (or a plug-in) states it; see stacks/README.md for the keys.
struct StackFile {
  std::string id;
  std::string title;
  std::string about;
  std::string based_on;
  int era = 0;
  int vcpus = 1;
  std::vector<StackLayer> layers;  ///< from the one nearest the application down
  std::vector<Bypass> edges;
  Crossing machine_crossing = Crossing::passthrough;  ///< from the last layer to the machine
  std::vector<BootPhase> boot;                        ///< the application's own
  std::vector<MemoryEntry> memory;                    ///< the application's own
  std::map<std::string, std::string> clocks;  ///< boot.NAME runs from the start of that phase
  Place place;
};

/// How a stack runs on a machine, as its records say it: native where no layer runs guests, else
/// what the machine offers to KVM or to Xen.
std::string accel_of(const StackFile& stack, const std::string& machine_accel);

/// Gives the tree of a layer file by its id, or nothing (and then the reader says so).
using LayerSource = std::function<const Node*(const std::string& id)>;

/// Reads a stack whose `based_on`, if any, was already laid beneath it. Layers are read, not yet
/// completed by their models.
StackFile read_stack(const Node& node, const std::string& id, const LayerSource& layers,
                     const std::vector<std::string>& known_layers, Issues& issues);

}  // namespace strata
