#include "models/study/workload_file.h"

#include <tuple>
#include <utility>

#include "models/study/reader.h"

namespace strata {
namespace {

constexpr std::int64_t kMostInstructions = 1'000'000'000'000'000;  // of one run: days

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

PastTheCore read_past(Reader& reader, const std::string& key) {
  PastTheCore past;
  const auto counts = reader.wholes(key, 0);
  past.by = reader.wholes(key + "_by", 0);
  if (counts.size() != 3 || past.by.size() < 2) {
    reader.issue(key, "must be three counts: accesses, missed, missed in half; and " + key +
                          "_by the accesses by instructions since the line's last use");
    return past;
  }
  past.accesses = static_cast<double>(counts[0]);
  past.missed = static_cast<double>(counts[1]);
  past.missed_in_half = static_cast<double>(counts[2]);
  return past;
}

/// Two counts: over large pages and over small ones.
std::pair<double, double> read_two(Reader& reader, const std::string& key) {
  const auto counts = reader.wholes(key, 0);
  if (counts.size() == 2) return {counts[0], counts[1]};
  reader.issue(key, "must be two counts: over large pages and over small ones");
  return {};
}

Program read_program(const std::string& name, const Node& node, Issues& issues) {
  Reader reader(node, issues);
  Program program;
  program.name = name;
  const auto instructions = reader.optional_whole("instructions", 1, kMostInstructions);
  if (!reader.find("instructions")) reader.issue("instructions", "is missing: of one run");
  program.instructions = static_cast<double>(instructions.value_or(1));
  program.single = read_past(reader, "single");
  program.streamed = read_past(reader, "streamed");
  std::tie(program.walks_over_large, program.walks_over_small) = read_two(reader, "walks");
  std::tie(program.fetches_over_large, program.fetches_over_small) = read_two(reader, "fetches");
  return program;
}

void read_programs(Reader& reader, WorkloadFile& workload) {
  reader.each("programs", [&](const std::string& name, const Node& child) {
    workload.programs.push_back(read_program(name, child, reader.issues()));
  });
  if (workload.programs.empty()) return;
  workload.counts = reader.required<Ratio>("counts");
  if (const Node* at = reader.find("neighbours")) {
    Reader n(*at, reader.issues());
    workload.neighbours = {n.required<Ratio>("cores"), n.required<Bytes>("memory"),
                           n.required<Duration>("line")};
  }
}

/// What one unit asks for, of a server or of its client.
void read_asked(Reader& reader, WorkloadFile& workload) {
  Issues& issues = reader.issues();
  if (!reader.find("ops") && !reader.find("programs"))
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
  workload.clock = reader.optional<Frequency>("clock");
  workload.batch = reader.find("batch")
                       ? reader.required<Ratio>("batch")
                       : structural(1, "no batching is stated, so every operation crosses alone");
  workload.per_call = reader.find("per_call")
                          ? reader.required<Ratio>("per_call")
                          : structural(1, "every operation is a call of its own");
  workload.call_number =
      reader.find("call_number")
          ? reader.required<Ratio>("call_number")
          : restore<Dimension::ratio>(stated(
                "call_number", "96", "20", "232",
                "assumed: it is not stated which; read is 0, gettimeofday 96, epoll_wait 232"));
  if (workload.per_call.value.value < 1) reader.issue("per_call", "must be at least 1");
  if (workload.batch.value.value < 1) reader.issue("batch", "must be at least 1");
}

Client read_client(const Node& node, const WorkloadFile& server, Issues& issues) {
  Reader reader(node, issues);
  Client client;
  client.stack = reader.text("stack");
  client.round_trips = reader.required<Ratio>("round_trips");
  client.receives = reader.optional<Bytes>("receives");
  WorkloadFile asks;
  asks.id = server.id + "/client";
  asks.title = "the client of " + server.title;
  asks.unit = server.unit;
  asks.place = node.place;
  read_asked(reader, asks);
  if (!asks.clock) asks.clock = server.clock;
  client.asks = std::make_shared<const WorkloadFile>(std::move(asks));
  return client;
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
  reader.find("variants");
  read_asked(reader, workload);
  read_programs(reader, workload);
  if (const auto connections = reader.optional_whole("connections", 1))
    workload.connections = static_cast<int>(*connections);
  workload.peer_on_host = reader.one_of("peer", {"host", "network"}) == "host";
  workload.interrupts_elsewhere = reader.one_of("interrupts", {"here", "elsewhere"}) == "elsewhere";
  workload.image = reader.optional<Bytes>("image");
  workload.workers = reader.optional<Ratio>("workers");
  if (workload.workers && workload.workers->value.value < 1)
    reader.issue("workers", "must be at least 1");
  if (const Node* client = reader.find("client"))
    workload.client = read_client(*client, workload, issues);
  if (const Node* memory = reader.find("memory")) {
    Reader held(*memory, issues);
    workload.memory =
        ApplicationMemory{held.required<Bytes>("anonymous"), held.required<Bytes>("mapped")};
  }
  return workload;
}

std::vector<WorkloadFile> read_workloads(const Node& node, const std::string& id, Issues& issues) {
  const std::size_t before = issues.size();
  std::vector<WorkloadFile> out = {read_workload(node, id, issues)};
  const Node* variants = node.find("variants");
  // What is wrong in the file itself would only be said again of each variant.
  if (!variants || issues.size() != before) return out;
  if (!variants->table()) {
    issues.push_back({variants->place, variants->path,
                      "must be a table of variants, each with the keys in which it differs"});
    return out;
  }
  Node base = node;
  std::erase_if(*base.table(), [](const auto& m) { return m.first == "variants"; });
  for (const auto& [variant, over] : *variants->table()) {
    if (!over.table()) {
      issues.push_back({over.place, over.path, "must be a table of the keys in which it differs"});
      continue;
    }
    Node whole = merge(base, over);
    whole.place = over.place;
    out.push_back(read_workload(whole, id + "." + variant, issues));
  }
  return out;
}

WorkloadFile single(Op op) {
  WorkloadFile workload;
  workload.id = std::string(name(op));
  workload.title = "one " + workload.id;
  workload.unit = "call";
  workload.ops.emplace(op, structural(1, "one operation"));
  workload.per_call = structural(1, "one operation");
  workload.batch = structural(1, "one operation");
  workload.call_number = restore<Dimension::ratio>(stated(
      "call_number.null", "96", "39", "110",
      "cited: gvisor_benchmarks, whose null call is gettimeofday; low getpid, high getppid"));
  return workload;
}

}  // namespace strata
