// Do the parts of a total add up, and does exchanging one layer give the stack it says?

#include "models/layers/ablation.h"

#include <gtest/gtest.h>

#include <map>

#include "models/layers/models.h"
#include "tests/unit/hand_made.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

// syscall into the container 20, filter 8, function_call into the kernel 1, its row 34; the timer
// passes the container (20), then 1, the kernel's 9, passthrough 2 and the machine's timer 11.
StackFile contained() {
  return made_stack(
      {made_layer("container", Crossing::syscall, Account::guest,
                  {Made(Op::syscall, 8).below(Op::syscall)}, {Op::compute, Op::timer}),
       made_layer("kernel", Crossing::function_call, Account::host,
                  {Made(Op::syscall, 34), Made(Op::timer, 9).below(Op::timer)})});
}

TEST(Ablation, EachLayersPartIsItsRowsAndTheWaysIntoIt) {
  const StackFile stack = contained();
  const MachineFile machine = made_machine();
  const WorkloadFile workload =
      made_workload({{Op::compute, 500}, {Op::syscall, 2}, {Op::timer, 1}});
  Issues issues;
  const StackModel model(stack, machine, workload, issues);
  ASSERT_EQ(printed(issues), "");
  std::map<std::string, LayerPart> part;
  for (const LayerPart& p : parts(model, Draws{})) part[p.layer] = p;
  EXPECT_NEAR(part["app"].latency, 500, 1e-9);
  EXPECT_NEAR(part["container"].latency, 2 * 28 + 20, 1e-9);
  EXPECT_NEAR(part["kernel"].latency, 2 * 35 + 10, 1e-9);
  EXPECT_NEAR(part["machine"].latency, 2 + 11, 1e-9);
  EXPECT_NEAR(part["machine"].cpu, 2, 1e-9);
}

TEST(Ablation, ThePartsAddUpToTheTotalsOnEveryStack) {
  for (const auto& [id, stack] : project().stacks)
    for (const auto& [workload_id, workload] : project().workloads) {
      Issues issues;
      const StackModel model(stack, project().machines.at("m5d_metal"), workload, issues);
      if (!issues.empty()) continue;
      const Totals totals = solve(model.system(Draws{}));
      double latency = 0, cpu = 0;
      for (const LayerPart& p : parts(model, Draws{})) {
        latency += p.latency;
        cpu += p.cpu;
      }
      EXPECT_NEAR(latency, totals.latency, 1e-9 * totals.latency) << id << ", " << workload_id;
      EXPECT_NEAR(cpu, totals.cpu.sum(), 1e-9 * totals.cpu.sum()) << id << ", " << workload_id;
    }
}

// Without the container the application enters the kernel as it entered the container: 20 + 34.
TEST(Ablation, TakingALayerOutKeepsTheWayIntoIt) {
  const StackFile with = contained();
  StackFile without = with;
  without.layers.erase(without.layers.begin());
  const auto changes =
      ablate(with, without, made_machine(), made_workload({{Op::syscall, 1}}), Draws{});
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes[0].what, "without container");
  ASSERT_TRUE(changes[0].totals) << changes[0].reason;
  EXPECT_NEAR(changes[0].totals->latency, 54, 1e-9);
}

// A kernel entered by function_call gets the container above it: 20 + 8 + 1 + 34.
TEST(Ablation, PuttingALayerInGivesItsStack) {
  const StackFile with = contained();
  StackFile without = with;
  without.layers.erase(without.layers.begin());
  const auto changes =
      ablate(without, with, made_machine(), made_workload({{Op::syscall, 1}}), Draws{});
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].what, "with container");
  ASSERT_TRUE(changes[0].totals) << changes[0].reason;
  EXPECT_NEAR(changes[0].totals->latency, 63, 1e-9);
}

TEST(Ablation, WhatDoesNotFitTogetherIsReportedWithItsReason) {
  const StackFile a = contained();
  StackFile b = a;
  b.layers[1].layer.accepts = {Crossing::ipc};
  b.layers[1].layer.account = Account::dom0;  // so that it differs
  const auto changes = ablate(a, b, made_machine(), made_workload({{Op::syscall, 1}}), Draws{});
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_FALSE(changes[0].totals);
  EXPECT_NE(changes[0].reason.find("cannot be entered by function_call"), std::string::npos)
      << changes[0].reason;
}

TEST(Ablation, AStackDiffersFromItselfInNothing) {
  for (const auto& [id, stack] : project().stacks)
    EXPECT_TRUE(
        ablate(stack, stack, made_machine(), made_workload({{Op::syscall, 1}}), Draws{}).empty())
        << id;
}

// Every two stacks of the project, either way round: what does not fit together says why.
TEST(Ablation, OfEveryTwoStacksIsTotalsOrAReason) {
  Catalog catalog;
  catalog.models = layer_models();
  read_home(".", catalog);
  const MachineFile& machine = catalog.machines.at("m5d_metal");
  const WorkloadFile& workload = catalog.workloads.at("nginx_612");
  for (const auto& [a, left] : catalog.stacks)
    for (const auto& [b, right] : catalog.stacks)
      for (const Change& change : ablate(left, right, machine, workload, Draws{}))
        ASSERT_NE(change.totals.has_value(), !change.reason.empty())
            << a << " " << b << " " << change.what;
}

}  // namespace
}  // namespace strata
