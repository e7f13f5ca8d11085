#include "models/study/workload_file.h"

#include "models/study/reader.h"

namespace strata {
namespace {

std::vector<std::string> askable() {
  std::vector<std::string> names;
  for (int op = 0; op <= static_cast<int>(Op::ipc); ++op)
    names.emplace_back(name(static_cast<Op>(op)));
  return names;
}

std::optional<Op> asked(Reader& reader, const std::string& op_name, const Node& node) {
  const auto op = parse_op(op_name);
  if (op && *op <= Op::ipc) return op;
  reader.issue_at(node, "is nothing an application asks for" + suggest(op_name, askable()));
  return {};
}

}  // namespace

WorkloadFile read_workload(const Node& node, const std::string& id, Issues& issues) {
  Reader reader(node, issues);
  WorkloadFile workload;
  workload.id = id;
  workload.place = node.place;
  workload.title = reader.text("title");
  workload.unit = reader.text("unit");
  reader.one_of("unit", {"request", "call", "run"});
  if (!reader.find("ops"))
    reader.issue("ops", "is missing: how many of each operation one unit asks for");
  reader.each("ops", [&](const std::string& op_name, const Node& child) {
    const auto op = asked(reader, op_name, child);
    const auto n = read_number(child, issues);
    if (!op || !n) return;
    const Dimension wanted = *op == Op::compute ? Dimension::time : Dimension::ratio;
    if (n->value.dimension != wanted) {
      reader.issue_at(child, std::string("must be a ") + std::string(name(wanted)) + " such as " +
                                 std::string(example(wanted)));
      return;
    }
    auto count = *n;
    count.value.dimension = Dimension::ratio;  // compute: one operation is one ns
    workload.ops.emplace(*op, restore<Dimension::ratio>(count));
  });
  reader.each("bytes", [&](const std::string& op_name, const Node& child) {
    const auto op = asked(reader, op_name, child);
    const auto n = read_number(child, issues);
    if (!op || !n) return;
    if (n->value.dimension != Dimension::bytes) {
      reader.issue_at(child, "must be a size such as 64 KiB");
    } else {
      workload.bytes.emplace(*op, restore<Dimension::bytes>(*n));
    }
  });
  workload.image = reader.optional<Bytes>("image");
  workload.batch = reader.find("batch")
                       ? reader.required<Ratio>("batch")
                       : structural(1, "no batching is stated, so every operation crosses alone");
  if (workload.batch.value.value < 1) reader.issue("batch", "must be at least 1");
  if (const auto connections = reader.optional_whole("connections", 1))
    workload.connections = static_cast<int>(*connections);
  workload.peer_on_host = reader.one_of("peer", {"host", "network"}) == "host";
  return workload;
}

WorkloadFile single(Op op) {
  WorkloadFile workload;
  workload.id = std::string(name(op));
  workload.title = "one " + workload.id;
  workload.unit = "call";
  workload.ops.emplace(op, structural(1, "one operation"));
  workload.batch = structural(1, "one operation");
  return workload;
}

}  // namespace strata
