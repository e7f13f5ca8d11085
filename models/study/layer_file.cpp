#include "models/study/layer_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/study/reader.h"

namespace strata {
namespace {

const std::vector<std::string> kKindNames = {"fixed",     "private",    "shared",
                                             "mergeable", "configured", "reclaimable"};

template <class T>
std::map<Account, Sourced<T>> read_by_account(Reader& row, const std::string& key) {
  std::map<Account, Sourced<T>> out;
  const Node* at = row.find(key);
  if (!at) return out;
  Reader accounts(*at, row.issues());
  for (const std::string& account_name : accounts.keys()) {
    const auto account = parse_account(account_name);
    if (!account) {
      accounts.find(account_name);
      accounts.issue(account_name, "is no account" + suggest(account_name, account_names()));
    } else if (auto n = accounts.optional<T>(account_name)) {
      out.emplace(*account, *n);
    }
  }
  return out;
}

/// `below = { packet_send = 1, doorbell = { value = ..., from = ... } }`
void read_causes(Reader& row, const std::string& key, Cause::Direction direction,
                 std::vector<Cause>& causes) {
  row.each(key, [&](const std::string& op_name, const Node& node) {
    const auto op = parse_op(op_name);
    if (!op) {
      row.issue_at(node, "is no operation" + suggest(op_name, op_names(), kOps));
      return;
    }
    Cause cause{*op, {}, direction, false, false};
    const auto* whole = std::get_if<std::int64_t>(&node.value);
    const auto* number = std::get_if<double>(&node.value);
    if (whole || number) {
      const double count = whole ? static_cast<double>(*whole) : *number;
      if (!(count >= 0 && std::isfinite(count)))
        row.issue_at(node, "must be finite and not negative");
      cause.count = structural(count, "stated in " + node.place.file);
      cause.count.source.file = node.place.file;
      cause.count.source.line = node.place.line;
    } else if (const auto n = read_number(node, row.issues())) {
      if (n->value.dimension != Dimension::ratio) {
        row.issue_at(node, "must be a count, a plain number");
        return;
      }
      cause.count = restore<Dimension::ratio>(*n);
    } else {
      return;
    }
    causes.push_back(cause);
  });
}

/// `batched` and `async` name causes of the row.
void mark_causes(Reader& row, const std::string& key, std::vector<Cause>& causes,
                 bool Cause::*mark) {
  for (const std::string& op_name : row.texts(key)) {
    bool found = false;
    for (Cause& cause : causes)
      if (name(cause.op) == op_name) found = cause.*mark = true;
    if (!found) {
      std::vector<std::string> known;
      for (const Cause& cause : causes) known.emplace_back(name(cause.op));
      row.issue(key,
                fmt::format("'{}' is not caused by this row{}", op_name, suggest(op_name, known)));
    }
  }
}

Row read_row(const Node& node, Op op, Issues& issues) {
  Reader reader(node, issues);
  Row row;
  row.op = op;
  row.place = node.place;
  row.latency = reader.optional<Duration>("latency");
  row.latency_per_byte = reader.optional<TimePerByte>("latency_per_byte");
  row.filter_steps = reader.optional<Ratio>("filter_steps");
  row.filter_steps_per_number = reader.optional<Ratio>("filter_steps_per_number");
  row.cpu = read_by_account<Duration>(reader, "cpu");
  row.cpu_per_byte = read_by_account<TimePerByte>(reader, "cpu_per_byte");
  row.copies = reader.optional_number("copies").value_or(0);
  if (row.copies < 0) reader.issue("copies", "must not be negative");
  read_causes(reader, "below", Cause::Direction::below, row.causes);
  read_causes(reader, "above", Cause::Direction::above, row.causes);
  read_causes(reader, "here", Cause::Direction::here, row.causes);
  mark_causes(reader, "batched", row.causes, &Cause::batched);
  mark_causes(reader, "async", row.causes, &Cause::asynchronous);
  if (!node.find("latency") && !node.find("cpu"))
    reader.issue("latency",
                 "is missing: a row states latency, cpu or both; an exact 0 needs its reason too");
  return row;
}

}  // namespace

std::string_view name(MemoryKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

std::vector<Row> read_rows(Reader& reader, const std::string& key) {
  std::vector<Row> rows;
  reader.each(key, [&](const std::string& op_name, const Node& node) {
    const auto op = parse_op(op_name);
    if (!op || is_crossing(*op)) {
      std::vector<std::string> known(op_names().begin(), op_names().begin() + kFirstCrossing);
      reader.issue_at(node, "is no operation" + suggest(op_name, known, kOps));
      return;
    }
    rows.push_back(read_row(node, *op, reader.issues()));
  });
  return rows;
}

std::vector<BootPhase> read_boot(Reader& reader, const std::string& key) {
  std::vector<BootPhase> phases;
  reader.each(key, [&](const std::string& phase_name, const Node& node) {
    Reader r(node, reader.issues());
    BootPhase phase;
    phase.name = phase_name;
    phase.place = node.place;
    phase.cpu = r.optional<Duration>("cpu");
    phase.clock = r.optional<Frequency>("clock");
    phase.wait = r.optional<Duration>("wait");
    phase.per_running = r.optional<Duration>("per_running");
    phase.disk = r.optional<Bytes>("disk");
    phase.network = r.optional<Bytes>("network");
    phase.memory = r.optional<Bytes>("memory");
    phase.jitter = r.optional<Ratio>("jitter");
    phase.lock = r.optional_text("lock").value_or("");
    if (r.find("after")) phase.after = r.texts("after");
    if (const auto account = r.one_of("account", account_names()))
      phase.account = parse_account(*account);
    if (!phase.cpu && !phase.wait && !phase.disk && !phase.network && !phase.memory &&
        !phase.per_running)
      r.issue("cpu", "is missing: a phase states cpu, wait, per_running, disk, network or memory");
    phases.push_back(std::move(phase));
  });
  return phases;
}

std::vector<MemoryEntry> read_memory(Reader& reader, const std::string& key) {
  std::vector<MemoryEntry> entries;
  reader.each(key, [&](const std::string& entry_name, const Node& node) {
    Reader r(node, reader.issues());
    MemoryEntry entry;
    entry.name = entry_name;
    if (!r.find("kind")) r.issue("kind", "is missing" + suggest("", kKindNames));
    const auto kind = r.one_of("kind", kKindNames);
    if (kind)
      entry.kind = static_cast<MemoryKind>(std::find(kKindNames.begin(), kKindNames.end(), *kind) -
                                           kKindNames.begin());
    entry.size = r.required<Bytes>("size");
    entry.identity = r.optional_text("identity").value_or("");
    const bool needs = entry.kind == MemoryKind::shared || entry.kind == MemoryKind::mergeable;
    if (kind && needs && entry.identity.empty())
      r.issue("identity", "is missing: shared and mergeable memory say what is the same as what");
    // Page cache that can be taken back is the same in guests of one image: merging finds it.
    const bool may = needs || entry.kind == MemoryKind::reclaimable;
    if (kind && !may && !entry.identity.empty())
      r.issue("identity", fmt::format("has no meaning for {} memory", *kind));
    entries.push_back(std::move(entry));
  });
  return entries;
}

bool states(const LayerFile& layer, Op op) {
  return std::any_of(layer.rows.begin(), layer.rows.end(),
                     [op](const Row& row) { return row.op == op; });
}

LayerFile read_layer(const Node& node, const std::string& id, Issues& issues) {
  Reader reader(node, issues);
  LayerFile layer;
  layer.id = id;
  layer.place = node.place;
  layer.title = reader.text("title");
  reader.optional_text("based_on");  // the catalog has laid the base beneath
  layer.model = reader.text("model");
  if (reader.find("accepts")) {
    layer.accepts.emplace();
    for (const std::string& text : reader.texts("accepts")) {
      const auto crossing = parse_crossing(text);
      if (crossing) layer.accepts->push_back(*crossing);
      if (!crossing)
        reader.issue("accepts",
                     fmt::format("'{}' is no crossing{}", text, suggest(text, crossing_names())));
    }
  }
  if (const auto account = reader.one_of("account", account_names()))
    layer.account = *parse_account(*account);
  layer.virtualization =
      reader.one_of("virtualization", {"kvm", "xen", "partition", "none"}).value_or("");
  if (layer.virtualization == "none") layer.virtualization.clear();
  for (const std::string& text : reader.texts("passes")) {
    const auto op = parse_op(text);
    if (op) layer.passes.push_back(*op);
    if (!op)
      reader.issue("passes",
                   fmt::format("'{}' is no operation{}", text, suggest(text, op_names(), kOps)));
  }
  reader.each("parameters", [&](const std::string& key, const Node& n) {
    if (const auto number = read_number(n, issues)) layer.parameters.emplace(key, *number);
  });
  layer.rows = read_rows(reader, "ops");
  layer.boot = read_boot(reader, "boot");
  layer.memory = read_memory(reader, "memory");
  reader.each("housekeeping", [&](const std::string& key, const Node& n) {
    Reader r(n, issues);
    layer.housekeeping.push_back({key, r.required<Rate>("rate"), r.required<Duration>("cpu")});
  });
  if (const Node* at = reader.find("translation")) {
    Reader r(*at, issues);
    layer.translation = {r.required<Bytes>("page"), r.required<Ratio>("cache")};
    const auto& share = layer.translation->cache;
    if (share.low.value <= 0 || share.high.value > 1)
      r.issue("cache", "must be a share above 0 and at most 1, its low and high too");
  }
  layer.image = reader.optional<Bytes>("image");
  return layer;
}

}  // namespace strata
