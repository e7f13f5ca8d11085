// Do the four layer models make the rows they promise of the parameters they ask for?

#include "models/layers/models.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/hand_made.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

/// A layer of a model with each of its parameters at its place in the list: 1, 2, 3 ...
LayerFile with_parameters(const Model& model, bool optional_too) {
  LayerFile layer;
  layer.model = model.id;
  double value = 1;
  for (const Parameter& p : model.parameters) {
    const double here = value++;
    if (!p.required && !optional_too) continue;
    layer.parameters[p.name] = {
        {here, p.dimension}, {here, p.dimension}, {here, p.dimension}, {}, false, p.name};
  }
  return layer;
}

const Row* row_of(const LayerFile& layer, Op op) {
  const auto it =
      std::find_if(layer.rows.begin(), layer.rows.end(), [&](const Row& r) { return r.op == op; });
  return it == layer.rows.end() ? nullptr : &*it;
}

LayerFile completed(LayerFile layer) {
  Issues issues;
  complete(layer, layer_models(), issues);
  EXPECT_EQ(printed(issues), "");
  return layer;
}

TEST(Models, AreFoundByTheirIds) {
  EXPECT_EQ(ids(layer_models()),
            (std::vector<std::string>{"container", "hypervisor", "kernel", "unikernel"}));
  for (const auto& [id, model] : layer_models()) EXPECT_EQ(model.id, id);
}

TEST(Models, MakeRowsOfTheRequiredParametersAlone) {
  for (const auto& [id, model] : layer_models()) {
    const LayerFile layer = completed(with_parameters(model, false));
    EXPECT_FALSE(layer.rows.empty()) << id;
    EXPECT_EQ(*layer.accepts, model.accepts) << id;
  }
}

// What no row holds, since only a prediction of loads, blocks, snapshots or moves asks for it.
const std::set<std::string> kOfNoRow = {"polls",
                                        "halt_poll",
                                        "poll",
                                        "cooperative",
                                        "deliver",
                                        "receive_call",
                                        "block_segment",
                                        "block_read_ahead",
                                        "snapshot_save",
                                        "snapshot_save_per_byte",
                                        "migrate_rate",
                                        "migrate_left",
                                        "migrate_downtime",
                                        "migrate_rounds"};

TEST(Models, EveryParameterReachesSomeRow) {
  for (const auto& [id, model] : layer_models()) {
    const LayerFile layer = completed(with_parameters(model, true));
    for (const Parameter& p : model.parameters) {
      const bool used = std::any_of(layer.rows.begin(), layer.rows.end(), [&](const Row& r) {
        return (r.latency && r.latency->id == p.name) ||
               (r.latency_per_byte && r.latency_per_byte->id == p.name) ||
               (r.filter_steps && r.filter_steps->id == p.name) ||
               (r.filter_steps_per_number && r.filter_steps_per_number->id == p.name) ||
               std::any_of(r.causes.begin(), r.causes.end(),
                           [&](const Cause& c) { return c.count.id == p.name; });
      });
      EXPECT_NE(used, kOfNoRow.contains(p.name)) << id << ": " << p.name;
    }
  }
}

TEST(Models, ServeOrPassEveryOperationOnce) {
  for (const auto& [id, model] : layer_models()) {
    const LayerFile layer = completed(with_parameters(model, true));
    for (int op = 0; op < kFirstCrossing; ++op) {
      const auto served = std::count_if(layer.rows.begin(), layer.rows.end(),
                                        [&](const Row& r) { return r.op == static_cast<Op>(op); });
      const auto passed = std::count(layer.passes.begin(), layer.passes.end(), static_cast<Op>(op));
      EXPECT_LE(served + passed, 1) << id << ": " << name(static_cast<Op>(op));
    }
  }
}

TEST(Models, AMissingParameterSaysWhatItMeans) {
  for (const auto& [id, model] : layer_models())
    for (const Parameter& p : model.parameters) {
      LayerFile layer = with_parameters(model, true);
      layer.parameters.erase(p.name);
      Issues issues;
      complete(layer, layer_models(), issues);
      EXPECT_EQ(mentions(issues, "parameters." + p.name + ": is missing: " + p.meaning), p.required)
          << id << ": " << p.name;
    }
}

TEST(Models, AnUnknownParameterAndAWrongDimensionAreNamed) {
  LayerFile layer = with_parameters(kernel_model(), true);
  layer.parameters["sycall"] = layer.parameters.at("syscall");
  layer.parameters.at("timer").value.dimension = Dimension::bytes;
  Issues issues;
  complete(layer, layer_models(), issues);
  EXPECT_TRUE(mentions(
      issues, "parameters.sycall: is no parameter of the kernel model; did you mean 'syscall'?"));
  EXPECT_TRUE(mentions(issues, "parameters.timer: must be a time such as 1.4 ms, not a size"));
}

TEST(Models, ARowStatedInTheFileComesBeforeTheModelsOwn) {
  LayerFile layer = with_parameters(kernel_model(), true);
  layer.rows = {Made(Op::syscall, 77)};
  const LayerFile whole = completed(layer);
  EXPECT_EQ(row_of(whole, Op::syscall)->latency->value.value, 77);
  EXPECT_EQ(std::count_if(whole.rows.begin(), whole.rows.end(),
                          [](const Row& r) { return r.op == Op::syscall; }),
            1);
}

struct Caused {
  Op op;
  Cause::Direction direction;
  bool batched, asynchronous;
  bool operator==(const Caused&) const = default;
};

std::vector<Caused> causes_of(const Model& model, Op op) {
  const LayerFile layer = completed(with_parameters(model, true));
  std::vector<Caused> out;
  for (const Cause& c : row_of(layer, op)->causes) {
    EXPECT_TRUE(!c.count.id.empty() || c.count.value.value == 1) << name(c.op);
    out.push_back({c.op, c.direction, c.batched, c.asynchronous});
  }
  return out;
}

using enum Cause::Direction;

// The kernel hands a packet to the driver and goes on; it rings once a batch, and waits for that.
TEST(Models, AKernelSendsWithoutWaitingAndRingsOnceABatch) {
  for (const Model& model : {kernel_model(), unikernel_model()})
    EXPECT_EQ(causes_of(model, Op::packet_send),
              (std::vector<Caused>{{Op::packet_send, below, false, true},
                                   {Op::doorbell, below, true, false}}))
        << model.id;
  EXPECT_EQ(causes_of(kernel_model(), Op::syscall), std::vector<Caused>{});
  EXPECT_EQ(causes_of(kernel_model(), Op::page_fault),
            (std::vector<Caused>{{Op::memory_fill, below, false, false}}));
  EXPECT_EQ(causes_of(kernel_model(), Op::block_read),
            (std::vector<Caused>{{Op::block_read, below, false, false},
                                 {Op::doorbell, below, true, false}}));
}

// A hypervisor carries out what left the guest and comes back as one interrupt a batch.
TEST(Models, AHypervisorComesBackAsAnInterruptOnceABatch) {
  for (const Op op : {Op::packet_receive, Op::block_read, Op::block_write})
    EXPECT_EQ(causes_of(hypervisor_model(), op),
              (std::vector<Caused>{{op, below, false, false}, {Op::interrupt, here, true, false}}))
        << name(op);
  // One that heeds no flags interrupts for what it has sent, too; on some the driver asks why.
  EXPECT_EQ(causes_of(hypervisor_model(), Op::packet_send),
            (std::vector<Caused>{{Op::packet_send, below, false, false},
                                 {Op::interrupt, here, true, false}}));
  EXPECT_EQ(
      causes_of(hypervisor_model(), Op::interrupt),
      (std::vector<Caused>{{Op::interrupt, above, false, false}, {Op::mmio, above, false, false}}));
  EXPECT_EQ(causes_of(hypervisor_model(), Op::doorbell), std::vector<Caused>{});
}

TEST(Models, AContainerHandsEveryOperationToTheKernelBeneath) {
  for (const Op op : {Op::syscall, Op::page_fault, Op::packet_send, Op::packet_receive})
    EXPECT_EQ(causes_of(container_model(), op), (std::vector<Caused>{{op, below, false, false}}))
        << name(op);
}

// ns of tax for each ns of work: one compute operation is one ns.
TEST(Models, AComputeTaxIsALatencyPerNanosecondOfWork) {
  LayerFile layer = with_parameters(hypervisor_model(), true);
  layer.parameters.at("compute_tax").value.value = 0.04;
  EXPECT_EQ(row_of(completed(layer), Op::compute)->latency->value.value, 0.04);
  const LayerFile without = completed(with_parameters(hypervisor_model(), false));
  EXPECT_EQ(row_of(without, Op::compute), nullptr);
  EXPECT_EQ(without.passes, std::vector<Op>{Op::compute});
}

// Without a cost of its own the guest takes no fault, but its memory must be filled beneath.
TEST(Models, AUnikernelWithAStaticMapStillFillsItsMemory) {
  const LayerFile layer = completed(with_parameters(unikernel_model(), false));
  EXPECT_EQ(row_of(layer, Op::page_fault)->latency->value.value, 0);
  EXPECT_EQ(row_of(layer, Op::page_fault)->causes.at(0).op, Op::memory_fill);
  EXPECT_EQ(row_of(layer, Op::block_read), nullptr);
  EXPECT_EQ(row_of(layer, Op::ipc), nullptr);
}

}  // namespace
}  // namespace strata
