#include "models/study/stack_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "models/study/reader.h"

namespace strata {
namespace {

std::vector<Op> read_ops(const Node& list, Issues& issues) {
  std::vector<Op> ops;
  const auto complain = [&](const Node& at, std::string message) {
    issues.push_back({at.place, at.path, std::move(message)});
  };
  if (!list.list()) {
    complain(list, "must be a list of operations");
    return ops;
  }
  for (const Node& item : *list.list()) {
    const auto* text = std::get_if<std::string>(&item.value);
    if (text && *text == "*") continue;
    const auto op = text ? parse_op(*text) : std::nullopt;
    if (op && !is_crossing(*op)) {
      ops.push_back(*op);
    } else {
      std::vector<std::string> known(op_names().begin(), op_names().begin() + kFirstCrossing);
      complain(item, (text ? "'" + *text + "'" : std::string("it")) + " is no operation" +
                         suggest(text ? *text : "", known, kOps));
    }
  }
  return ops;
}

/// `entered_by = "syscall"` or `entered_by = { exit_kernel = ["doorbell"], shared_ring = ["*"] }`.
std::vector<Entry> read_entries(Reader& layer) {
  std::vector<Entry> entries;
  const Node* at = layer.find("entered_by");
  if (!at) {
    layer.issue("entered_by", "is missing: by which crossing the layer above enters this one" +
                                  suggest("", crossing_names()));
    return entries;
  }
  const auto add = [&](const std::string& text, const Node& where, std::vector<Op> ops) {
    if (const auto crossing = parse_crossing(text)) {
      entries.push_back({*crossing, std::move(ops), where.place});
    } else {
      layer.issue_at(where,
                     fmt::format("'{}' is no crossing{}", text, suggest(text, crossing_names())));
    }
  };
  if (const auto* text = std::get_if<std::string>(&at->value)) {
    add(*text, *at, {});
  } else if (at->table()) {
    for (const auto& [crossing, list] : *at->table())
      add(crossing, list, read_ops(list, layer.issues()));
  } else {
    layer.issue("entered_by", fmt::format("must be a crossing or a table, not {}", kind(*at)));
  }
  return entries;
}

/// The layer's file with the stack's own keys upon it, less the keys that belong to the stack.
Node laid_upon(const Node& file, const Node& own) {
  Node over = own;
  std::erase_if(*over.table(), [](const auto& member) {
    return member.first == "use" || member.first == "entered_by";
  });
  return merge(file, over);
}

void read_layers(Reader& reader, StackFile& stack, const LayerSource& source,
                 const std::vector<std::string>& known_layers) {
  const Node* table = reader.find("layers");
  const auto order = reader.texts("order");
  if (!table || !table->table()) {
    reader.issue("layers", "is missing: a table [layers.NAME] for each layer of `order`");
    return;
  }
  std::set<std::string> placed;
  for (const std::string& name : order) {
    const Node* own = table->find(name);
    if (!own || !own->table()) {
      reader.issue("order", fmt::format("'{}' has no table [layers.{}]", name, name));
      continue;
    }
    if (name == "machine" || name == "app")
      reader.issue("order", fmt::format("'{}' is taken: it names the {} of every stack", name,
                                        name == "app" ? "top" : "bottom"));
    if (!placed.insert(name).second) reader.issue("order", fmt::format("'{}' stands twice", name));
    StackLayer layer;
    layer.name = name;
    // Only `use` and `entered_by` are the stack's; the rest is read with the layer's own keys.
    Node head = *own;
    std::erase_if(*head.table(), [](const auto& member) {
      return member.first != "use" && member.first != "entered_by";
    });
    {
      Reader layer_reader(head, reader.issues());
      layer.use = layer_reader.text("use");
      layer.entered_by = read_entries(layer_reader);
    }
    if (const Node* file = source(layer.use)) {
      layer.layer = read_layer(laid_upon(*file, *own), layer.use, reader.issues());
      stack.layers.push_back(std::move(layer));
    } else if (!layer.use.empty()) {
      reader.issue_at(*own->find("use"), fmt::format("'{}' is no layer{}", layer.use,
                                                     suggest(layer.use, known_layers, 60)));
    }
  }
  for (const auto& [name, child] : *table->table())
    if (std::find(order.begin(), order.end(), name) == order.end())
      reader.issue_at(child, fmt::format("stands in no place of `order`{}", suggest(name, order)));
}

void read_edges(Reader& reader, StackFile& stack) {
  const Node* at = reader.find("edges");
  if (!at) return;
  if (!at->list()) return reader.issue("edges", "must be written as [[edges]]");
  for (const Node& node : *at->list()) {
    Reader edge(node, reader.issues());
    Bypass bypass;
    bypass.place = node.place;
    bypass.from = edge.text("from");
    bypass.to = edge.text("to");
    if (!edge.find("crossing"))
      edge.issue("crossing", "is missing" + suggest("", crossing_names()));
    if (const auto c = edge.one_of("crossing", crossing_names()))
      bypass.crossing = *parse_crossing(*c);
    if (const Node* ops = edge.find("ops")) bypass.ops = read_ops(*ops, reader.issues());
    if (bypass.ops.empty()) edge.issue("ops", "is missing: the operations that take this edge");
    stack.edges.push_back(std::move(bypass));
  }
}

}  // namespace

std::string accel_of(const StackFile& stack, const std::string& machine_accel) {
  std::string by;
  for (const StackLayer& layer : stack.layers)
    if (!layer.layer.virtualization.empty()) by = layer.layer.virtualization;
  if (by.empty()) return "native";
  if (by == "kvm" || by == "partition") return machine_accel;
  return machine_accel.find("tcg") == std::string::npos ? "xen-hw" : "xen-in-tcg";
}

StackFile read_stack(const Node& node, const std::string& id, const LayerSource& layers,
                     const std::vector<std::string>& known_layers, Issues& issues) {
  Reader reader(node, issues);
  StackFile stack;
  stack.id = id;
  stack.place = node.place;
  stack.title = reader.text("title");
  stack.about = reader.optional_text("about").value_or("");
  stack.based_on = reader.optional_text("based_on").value_or("");
  stack.era = static_cast<int>(reader.whole("era", 1960));
  stack.vcpus = static_cast<int>(reader.optional_whole("vcpus", 1).value_or(1));
  if (!reader.find("order"))
    reader.issue("order", "is missing: the layers' names from the top to the bottom");
  read_layers(reader, stack, layers, known_layers);
  read_edges(reader, stack);
  if (const auto crossing = reader.one_of("machine_crossing", crossing_names()))
    stack.machine_crossing = *parse_crossing(*crossing);
  stack.boot = read_boot(reader, "boot");
  stack.memory = read_memory(reader, "memory");
  reader.each("clocks", [&](const std::string& name, const Node& child) {
    Reader clock(child, issues);
    stack.clocks[name] = clock.text("from");
  });
  if (const Node* real = reader.find("real")) {
    // How the harness starts the real one: read by the harness, spelled correctly here.
    Reader r(*real, issues);
    for (const char* key : {"runner", "guest", "image"}) r.optional_text(key);
  }
  return stack;
}

}  // namespace strata
