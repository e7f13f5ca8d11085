#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/layers/stack_model.h"
#include "models/study/catalog.h"

namespace strata {

/// A number without a range, so that every draw takes it as it is.
template <class T>
Sourced<T> exactly(double value) {
  return {{value}, {value}, {value}, {Evidence::assumed, "", "by hand", "hand.toml", 1}, false, ""};
}

/// A row of a table layer, written as `Made(Op::packet_send,
/// 100).per_byte(0.5).below(Op::doorbell).batched()`.
class Made {
 public:
  Made(Op op, double latency) {
    row_.op = op;
    row_.latency = exactly<Duration>(latency);
    row_.place = {"hand.toml", 1, 1};
  }
  Made& per_byte(double ns) {
    row_.latency_per_byte = exactly<TimePerByte>(ns);
    return *this;
  }
  Made& cpu(Account who, double ns) {
    row_.cpu.emplace(who, exactly<Duration>(ns));
    return *this;
  }
  Made& cpu_per_byte(Account who, double ns) {
    row_.cpu_per_byte.emplace(who, exactly<TimePerByte>(ns));
    return *this;
  }
  Made& copies(double count) {
    row_.copies = count;
    return *this;
  }
  Made& below(Op op, double count = 1) { return cause(op, count, Cause::Direction::below); }
  Made& above(Op op, double count = 1) { return cause(op, count, Cause::Direction::above); }
  Made& here(Op op, double count = 1) { return cause(op, count, Cause::Direction::here); }
  Made& batched() {
    row_.causes.back().batched = true;
    return *this;
  }
  Made& async() {
    row_.causes.back().asynchronous = true;
    return *this;
  }
  operator Row() const { return row_; }  // NOLINT: the builder stands for what it builds

 private:
  Made& cause(Op op, double count, Cause::Direction direction) {
    row_.causes.push_back({op, exactly<Ratio>(count), direction, false, false});
    return *this;
  }
  Row row_;
};

inline std::vector<Crossing> every_crossing() {
  std::vector<Crossing> all;
  for (int c = 0; c < kCrossings; ++c) all.push_back(static_cast<Crossing>(c));
  return all;
}

/// A table layer at its place; it may be entered by any crossing, and is by `crossing`.
inline StackLayer made_layer(const std::string& name, Crossing crossing, Account account,
                             std::vector<Row> rows, std::vector<Op> passes = {Op::compute}) {
  StackLayer layer;
  layer.name = layer.use = layer.layer.id = name;
  layer.layer.account = account;
  layer.layer.accepts = every_crossing();
  layer.layer.passes = std::move(passes);
  layer.layer.rows = std::move(rows);
  layer.entered_by = {{crossing, {}, {"hand.toml", 1, 1}}};
  return layer;
}

inline StackFile made_stack(std::vector<StackLayer> layers) {
  StackFile stack;
  stack.id = stack.title = "made";
  stack.layers = std::move(layers);
  stack.place = {"hand.toml", 1, 1};
  return stack;
}

inline Bypass made_edge(const std::string& from, const std::string& to, Crossing crossing,
                        std::vector<Op> ops) {
  return {from, to, crossing, std::move(ops), {"hand.toml", 1, 1}};
}

/// A machine with one price a crossing, all different, and devices that serve every operation.
inline MachineFile made_machine() {
  MachineFile machine;
  machine.id = "made";
  machine.cores = 4;
  const double prices[] = {1, 20, 300, 400, 5000, 60, 700, 8000, 9, 2};
  for (std::size_t c = 0; c < machine.crossings.size(); ++c)
    machine.crossings[c] = exactly<Duration>(prices[c]);
  machine.memory = exactly<Bytes>(1 << 30);
  machine.memory_bandwidth = exactly<Bandwidth>(1e10);
  machine.filter_step = exactly<Duration>(2);
  machine.devices["disk"] = {exactly<Bandwidth>(1e9), exactly<Duration>(80000), {}};
  machine.devices["nic"] = {exactly<Bandwidth>(1e9), exactly<Duration>(20000), {}};
  machine.rows = {Made(Op::packet_send, 7),  Made(Op::packet_receive, 6),
                  Made(Op::doorbell, 3),     Made(Op::timer, 11),
                  Made(Op::memory_fill, 13), Made(Op::block_read, 17).per_byte(0.5),
                  Made(Op::block_write, 19), Made(Op::mmio, 23)};
  return machine;
}

inline WorkloadFile made_workload(const std::vector<std::pair<Op, double>>& ops, double batch = 1,
                                  const std::vector<std::pair<Op, double>>& bytes = {}) {
  WorkloadFile workload;
  workload.id = workload.title = "made";
  workload.unit = "request";
  for (const auto& [op, count] : ops) workload.ops.emplace(op, exactly<Ratio>(count));
  for (const auto& [op, size] : bytes) workload.bytes.emplace(op, exactly<Bytes>(size));
  workload.per_call = exactly<Ratio>(1);
  workload.batch = exactly<Ratio>(batch);
  workload.call_number = exactly<Ratio>(100);
  return workload;
}

inline double paid_by(const Totals& totals, Account account) {
  return totals.cpu(static_cast<Eigen::Index>(account));
}

}  // namespace strata
