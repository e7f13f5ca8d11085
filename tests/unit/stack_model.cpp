// Do small stacks cost what a person finds who follows each operation down by hand?
//
// Prices of the made machine (ns): function_call 1, syscall 20, hypercall 300, exit_kernel 400,
// exit_user 5000, shared_ring 60, passthrough 2; it serves packet_send in 7, packet_receive in 6,
// doorbell in 3, timer in 11, block_read in 17 and 0.5 a byte.

#include "models/layers/stack_model.h"

#include <gtest/gtest.h>

#include "tests/unit/hand_made.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

Totals totals_of(const StackFile& stack, const WorkloadFile& workload) {
  const MachineFile machine = made_machine();
  Issues issues;
  const StackModel model(stack, machine, workload, issues);
  if (!issues.empty()) throw std::runtime_error(printed(issues));
  return solve(model.system(Draws{}));
}

std::string refusal(const StackFile& stack, const WorkloadFile& workload) {
  const MachineFile machine = made_machine();
  Issues issues;
  const StackModel model(stack, machine, workload, issues);
  return printed(issues);
}

StackFile kernel_alone() {
  return made_stack({made_layer("kernel", Crossing::syscall, Account::host,
                                {Made(Op::syscall, 34), Made(Op::packet_send, 100)
                                                            .per_byte(0.5)
                                                            .copies(1)
                                                            .below(Op::packet_send)
                                                            .async()
                                                            .below(Op::doorbell)
                                                            .batched()})});
}

// compute 1000; syscalls 2 (20 + 34) = 108; packets 3 (20 + 100 + 64 / 2) = 456; doorbells 3 / 4 of
// passthrough 2 and device 3 = 3.75. The packets below are not waited for.
TEST(StackModel, LatencyIsTheSumOfWhatTheApplicationWaitsFor) {
  const Totals t = totals_of(
      kernel_alone(), made_workload({{Op::compute, 1000}, {Op::syscall, 2}, {Op::packet_send, 3}},
                                    4, {{Op::packet_send, 64}}));
  EXPECT_NEAR(t.latency, 1000 + 108 + 456 + 3.75, 1e-9);
}

// The application pays its compute. The kernel pays 108 + 456, 3 passthroughs of packets nobody
// waits for (6) and 0.75 of doorbells (1.5). What the devices do is nobody's CPU time.
TEST(StackModel, CpuIsPaidByTheLayerThatIsEntered) {
  const Totals t = totals_of(
      kernel_alone(), made_workload({{Op::compute, 1000}, {Op::syscall, 2}, {Op::packet_send, 3}},
                                    4, {{Op::packet_send, 64}}));
  EXPECT_NEAR(paid_by(t, Account::app), 1000, 1e-9);
  EXPECT_NEAR(paid_by(t, Account::host), 108 + 456 + 6 + 1.5, 1e-9);
  EXPECT_NEAR(t.cpu.sum(), 1571.5, 1e-9);
}

// 2 syscalls, 3 packets into the kernel, 3 packets and 3 / 4 doorbells into the machine.
TEST(StackModel, EveryOperationCrossesOnceButComputeNever) {
  const Totals t =
      totals_of(kernel_alone(),
                made_workload({{Op::compute, 1000}, {Op::syscall, 2}, {Op::packet_send, 3}}, 4));
  EXPECT_NEAR(t.crossings, 2 + 3 + 3 + 0.75, 1e-12);
  EXPECT_NEAR(t.copies, 3, 1e-12);
}

// Batches of 1 and 8 differ by 7 / 8 of the doorbells' cost, 10 packets * 5 ns, and in no byte.
TEST(StackModel, ABatchDividesCrossingsNeverBytes) {
  const auto packets = [](double batch, double bytes) {
    return totals_of(kernel_alone(),
                     made_workload({{Op::packet_send, 10}}, batch, {{Op::packet_send, bytes}}));
  };
  EXPECT_NEAR(packets(1, 0).latency - packets(8, 0).latency, 10 * 5 * 7.0 / 8, 1e-9);
  EXPECT_NEAR(packets(1, 0).crossings - packets(8, 0).crossings, 10 * 7.0 / 8, 1e-12);
  for (const double batch : {1.0, 8.0}) {
    EXPECT_NEAR(packets(batch, 1500).latency - packets(batch, 0).latency, 10 * 1500 * 0.5, 1e-9);
    EXPECT_EQ(packets(batch, 1500).copies, packets(batch, 0).copies);
  }
}

// Calls of 5 packets each, 20 ns a call: of 10 packets 8 enter for nothing, and each is worked on.
TEST(StackModel, OperationsThatShareACallShareTheWayInAndNothingElse) {
  WorkloadFile workload = made_workload({{Op::packet_send, 10}});
  const Totals alone = totals_of(kernel_alone(), workload);
  workload.per_call = exactly<Ratio>(5);
  const Totals shared = totals_of(kernel_alone(), workload);
  EXPECT_NEAR(alone.latency - shared.latency, 8 * 20, 1e-9);
  EXPECT_NEAR(alone.crossings - shared.crossings, 8, 1e-12);
}

// Call 100 of a table, a filter of 10 instructions and half a one for each number before it, 2 ns
// each on that machine, for 3 calls: the caller waits, the layer that filters pays.
TEST(StackModel, AFilteredCallTakesItsInstructionsAtTheMachinesPrice) {
  StackFile stack = kernel_alone();
  const Totals plain = totals_of(stack, made_workload({{Op::syscall, 3}}));
  for (Row& row : stack.layers.front().layer.rows)
    if (row.op == Op::syscall) {
      row.filter_steps = exactly<Ratio>(10);
      row.filter_steps_per_number = exactly<Ratio>(0.5);
    }
  const Totals filtered = totals_of(stack, made_workload({{Op::syscall, 3}}));
  EXPECT_NEAR(filtered.latency - plain.latency, 3 * (10 + 0.5 * 100) * 2, 1e-9);
  EXPECT_NEAR(paid_by(filtered, Account::host) - paid_by(plain, Account::host), 3 * 60 * 2, 1e-9);
  EXPECT_EQ(filtered.crossings, plain.crossings);
}

// The machine's own bytes: 4096 * 0.5 for each read that reaches it.
TEST(StackModel, BytesArePaidInEveryLayerTheyReach) {
  const StackFile stack =
      made_stack({made_layer("kernel", Crossing::syscall, Account::host,
                             {Made(Op::block_read, 100).per_byte(0.25).below(Op::block_read)})});
  const Totals t =
      totals_of(stack, made_workload({{Op::block_read, 2}}, 1, {{Op::block_read, 4096}}));
  EXPECT_NEAR(t.latency, 2 * (20 + 100 + 1024 + 2 + 17 + 2048), 1e-9);
  EXPECT_NEAR(t.cpu.sum(), 2 * (20 + 100 + 1024 + 2), 1e-9);
}

/// A guest on a hypervisor that raises an interrupt for every batch of packets received.
StackFile guest_on_hypervisor(bool async) {
  Made receive = Made(Op::packet_receive, 50).below(Op::packet_receive);
  if (async) receive.async();
  StackLayer kvm = made_layer(
      "kvm", Crossing::shared_ring, Account::vmm,
      {Made(Op::packet_receive, 70).below(Op::packet_receive).here(Op::interrupt).batched(),
       Made(Op::interrupt, 30).above(Op::interrupt), Made(Op::doorbell, 40)});
  kvm.entered_by = {{Crossing::exit_kernel, {Op::doorbell}, {}}, {Crossing::shared_ring, {}, {}}};
  return made_stack(
      {made_layer("guest", Crossing::syscall, Account::guest, {receive, Made(Op::interrupt, 5)}),
       kvm});
}

// 4 packets in batches of 2. The guest: 4 (20 + 50) and 2 interrupts of 5. The VMM: 4 (60 + 70),
// 2 interrupts of 30 and 4 passthroughs of 2. The way up crosses nothing of its own.
TEST(StackModel, WhatIsNotWaitedForCostsCpuButNoLatency) {
  const Totals t =
      totals_of(guest_on_hypervisor(true), made_workload({{Op::packet_receive, 4}}, 2));
  EXPECT_NEAR(t.latency, 4 * 70, 1e-9);
  EXPECT_NEAR(paid_by(t, Account::guest), 4 * 70 + 2 * 5, 1e-9);
  EXPECT_NEAR(paid_by(t, Account::vmm), 4 * 130 + 2 * 30 + 4 * 2, 1e-9);
  EXPECT_NEAR(t.crossings, 12, 1e-12);
}

// Waited for: the same and 4 (60 + 70 + 2 + 6) and the interrupts, 2 (30 + 5).
TEST(StackModel, WhatIsWaitedForIsLatencyDownToTheDeviceAndUpAgain) {
  const Totals t =
      totals_of(guest_on_hypervisor(false), made_workload({{Op::packet_receive, 4}}, 2));
  EXPECT_NEAR(t.latency, 4 * 70 + 4 * 138 + 2 * 35, 1e-9);
  EXPECT_NEAR(
      t.cpu.sum(),
      totals_of(guest_on_hypervisor(true), made_workload({{Op::packet_receive, 4}}, 2)).cpu.sum(),
      1e-9);
}

TEST(StackModel, AnInterruptGoesUpThroughALayerThatLetsItPass) {
  StackFile stack = guest_on_hypervisor(false);
  const double before = totals_of(stack, made_workload({{Op::packet_receive, 1}})).latency;
  stack.layers.insert(stack.layers.begin() + 1,
                      made_layer("filter", Crossing::function_call, Account::host, {},
                                 {Op::packet_receive, Op::interrupt}));
  EXPECT_NEAR(totals_of(stack, made_workload({{Op::packet_receive, 1}})).latency, before + 1, 1e-9);
}

// The container filters the syscall: 20 into it, 8 there, 1 into the kernel, 34 there. The timer
// goes through: it pays both ways in all the same, then the kernel's 9, passthrough 2, device 11.
TEST(StackModel, AnOperationThatPassesALayerPaysTheWayIntoIt) {
  const StackFile stack =
      made_stack({made_layer("container", Crossing::syscall, Account::guest,
                             {Made(Op::syscall, 8).below(Op::syscall)}, {Op::compute, Op::timer}),
                  made_layer("kernel", Crossing::function_call, Account::host,
                             {Made(Op::syscall, 34), Made(Op::timer, 9).below(Op::timer)})});
  EXPECT_NEAR(totals_of(stack, made_workload({{Op::syscall, 1}})).latency, 20 + 8 + 1 + 34, 1e-9);
  const Totals timer = totals_of(stack, made_workload({{Op::timer, 1}}));
  EXPECT_NEAR(timer.latency, 20 + 1 + 9 + 2 + 11, 1e-9);
  EXPECT_NEAR(timer.crossings, 3, 1e-12);
  EXPECT_NEAR(paid_by(timer, Account::guest), 20, 1e-9);
  EXPECT_NEAR(paid_by(timer, Account::host), 1 + 9 + 2, 1e-9);
}

TEST(StackModel, ARowOfALayerComesBeforeItsPassing) {
  const StackFile stack = made_stack(
      {made_layer("filter", Crossing::syscall, Account::host, {Made(Op::syscall, 8)},
                  {Op::compute, Op::syscall}),
       made_layer("kernel", Crossing::function_call, Account::host, {Made(Op::syscall, 34)})});
  EXPECT_NEAR(totals_of(stack, made_workload({{Op::syscall, 1}})).latency, 28, 1e-9);
}

// Stated payers take the place of the layer's account, for the fixed part and the bytes apart.
TEST(StackModel, StatedPayersReplaceTheLayersAccount) {
  const auto paid = [](Row row) {
    return totals_of(
        made_stack({made_layer("kernel", Crossing::syscall, Account::host, {std::move(row)})}),
        made_workload({{Op::syscall, 2}}, 1, {{Op::syscall, 100}}));
  };
  const Totals both = paid(Made(Op::syscall, 34)
                               .per_byte(0.5)
                               .cpu(Account::vmm, 7)
                               .cpu(Account::dom0, 8)
                               .cpu_per_byte(Account::vmm, 0.25));
  EXPECT_NEAR(both.latency, 2 * (20 + 34 + 50), 1e-9);
  EXPECT_NEAR(paid_by(both, Account::host), 2 * 20, 1e-9);
  EXPECT_NEAR(paid_by(both, Account::vmm), 2 * (7 + 25), 1e-9);
  EXPECT_NEAR(paid_by(both, Account::dom0), 2 * 8, 1e-9);
  const Totals fixed = paid(Made(Op::syscall, 34).per_byte(0.5).cpu(Account::vmm, 7));
  EXPECT_NEAR(paid_by(fixed, Account::vmm), 2 * 7, 1e-9);
  EXPECT_NEAR(paid_by(fixed, Account::host), 2 * (20 + 50), 1e-9);
  const Totals bytes = paid(Made(Op::syscall, 34).per_byte(0.5).cpu_per_byte(Account::vmm, 0.25));
  EXPECT_NEAR(paid_by(bytes, Account::vmm), 2 * 25, 1e-9);
  EXPECT_NEAR(paid_by(bytes, Account::host), 2 * (20 + 34), 1e-9);
}

// `here` stays in the layer: 10 for the fault, 3 of 4 there, no crossing but the one in.
TEST(StackModel, WhatHappensHereCrossesNothing) {
  const Totals t = totals_of(
      made_stack(
          {made_layer("kernel", Crossing::syscall, Account::host,
                      {Made(Op::page_fault, 10).here(Op::interrupt, 3), Made(Op::interrupt, 4)})}),
      made_workload({{Op::page_fault, 1}}));
  EXPECT_NEAR(t.latency, 20 + 10 + 12, 1e-9);
  EXPECT_NEAR(t.crossings, 1, 1e-12);
}

TEST(StackModel, AnOperationTakesTheCrossingItsEdgeNames) {
  StackFile stack = guest_on_hypervisor(true);
  stack.layers[0].layer.rows.push_back(Made(Op::packet_send, 1).below(Op::doorbell));
  EXPECT_NEAR(totals_of(stack, made_workload({{Op::packet_send, 1}})).latency, 20 + 1 + 400 + 40,
              1e-9);
}

TEST(StackModel, ABypassSparesTheLayersItGoesRound) {
  StackFile stack = guest_on_hypervisor(false);
  const auto one = made_workload({{Op::packet_receive, 1}});
  EXPECT_NEAR(totals_of(stack, one).latency, 20 + 50 + 60 + 70 + 30 + 5 + 2 + 6, 1e-9);
  stack.edges = {made_edge("guest", "machine", Crossing::passthrough, {Op::packet_receive})};
  EXPECT_NEAR(totals_of(stack, one).latency, 20 + 50 + 2 + 6, 1e-9);
}

// --- Cycles
// -----------------------------------------------------------------------------------------

StackFile repeating(double again) {
  return made_stack({made_layer("kernel", Crossing::syscall, Account::host,
                                {Made(Op::syscall, 34).here(Op::syscall, again)})});
}

// 1 + 1/4 + 1/16 + ... = 4 / 3 of the 34, after one crossing.
TEST(StackModel, ACycleThatDiesOutCostsItsGeometricSeries) {
  EXPECT_NEAR(totals_of(repeating(0.25), made_workload({{Op::syscall, 3}})).latency,
              3 * (20 + 34 * 4.0 / 3), 1e-9);
}

// Guest to hypervisor and back: each round 2 * 0.3 = 0.6 of itself, so 1 / (1 - 0.6) = 2.5 rounds
// of the guest's interrupt 5 and 2 * 2.5 = 5 of the hypervisor's timer, 30 and a crossing of 60
// each.
TEST(StackModel, ACycleThroughTwoLayersCostsItsGeometricSeries) {
  const StackFile stack = made_stack({made_layer("guest", Crossing::syscall, Account::guest,
                                                 {Made(Op::interrupt, 5).below(Op::timer, 2),
                                                  Made(Op::syscall, 10).here(Op::interrupt)}),
                                      made_layer("kvm", Crossing::shared_ring, Account::vmm,
                                                 {Made(Op::timer, 30).above(Op::interrupt, 0.3)})});
  EXPECT_NEAR(totals_of(stack, made_workload({{Op::syscall, 1}})).latency,
              20 + 10 + 2.5 * 5 + 5 * (30 + 60), 1e-9);
}

TEST(StackModel, ACycleThatNeverDiesOutIsRefusedByName) {
  EXPECT_EQ(refusal(repeating(1), made_workload({{Op::syscall, 1}})),
            "hand.toml:1:1: is cyclic: kernel.syscall -> kernel.syscall causes 1 of itself each "
            "time round, so it never ends\n");
  const StackFile stack = made_stack({made_layer("guest", Crossing::syscall, Account::guest,
                                                 {Made(Op::interrupt, 5).below(Op::timer, 2),
                                                  Made(Op::syscall, 10).here(Op::interrupt)}),
                                      made_layer("kvm", Crossing::shared_ring, Account::vmm,
                                                 {Made(Op::timer, 30).above(Op::interrupt, 0.5)})});
  const std::string said = refusal(stack, made_workload({{Op::syscall, 1}}));
  EXPECT_TRUE(said.find("guest.interrupt -> kvm.timer -> guest.interrupt") != std::string::npos ||
              said.find("kvm.timer -> guest.interrupt -> kvm.timer") != std::string::npos)
      << said;
}

// A batch of 4 makes 2 of itself a half.
TEST(StackModel, ABatchMayMakeACycleDieOut) {
  const StackFile stack =
      made_stack({made_layer("kernel", Crossing::syscall, Account::host,
                             {Made(Op::syscall, 34).here(Op::syscall, 2).batched()})});
  EXPECT_NE(refusal(stack, made_workload({{Op::syscall, 1}}, 1)), "");
  EXPECT_NEAR(totals_of(stack, made_workload({{Op::syscall, 1}}, 4)).latency, 20 + 68, 1e-9);
}

// --- What does not fit together
// ---------------------------------------------------------------------

TEST(StackModel, AnOperationTheLayerBeneathDoesNotServeIsRefusedNamingTheEdge) {
  EXPECT_EQ(refusal(kernel_alone(), made_workload({{Op::timer, 1}})),
            "hand.toml:1:1: edge app -> kernel (syscall): app asks for timer, which kernel does "
            "not serve; known: syscall, packet_send\n");
}

TEST(StackModel, AnIllTypedEdgeIsRefusedInOneSentenceNamingIt) {
  StackFile stack = kernel_alone();
  stack.layers[0].layer.accepts = {Crossing::syscall};
  stack.layers[0].entered_by[0].crossing = Crossing::ipc;
  const std::string said = refusal(stack, made_workload({{Op::syscall, 1}}));
  EXPECT_EQ(said,
            "hand.toml:1:1: edge app -> kernel (ipc): a table layer cannot be entered by ipc; "
            "known: syscall\n");
}

TEST(StackModel, AnOperationWithNoEdgeDownIsRefused) {
  StackFile stack = kernel_alone();
  stack.layers[0].entered_by[0].ops = {Op::syscall};
  EXPECT_EQ(refusal(stack, made_workload({{Op::packet_send, 1}})),
            "app needs packet_send beneath app, but no edge down takes it\n");
}

TEST(StackModel, AnInterruptNobodyAboveTakesIsRefused) {
  StackFile stack = guest_on_hypervisor(true);
  std::erase_if(stack.layers[0].layer.rows, [](const Row& r) { return r.op == Op::interrupt; });
  EXPECT_EQ(refusal(stack, made_workload({{Op::packet_receive, 1}})),
            "hand.toml:1:1: kvm.interrupt raises interrupt to guest, which has no row for it\n");
}

TEST(StackModel, WhatALayerCausesInItselfItMustServe) {
  const StackFile stack = made_stack({made_layer("kernel", Crossing::syscall, Account::host,
                                                 {Made(Op::syscall, 34).here(Op::timer)})});
  EXPECT_EQ(
      refusal(stack, made_workload({{Op::syscall, 1}})),
      "hand.toml:1:1: kernel.syscall causes timer in its own layer, which has no row for it\n");
}

// --- Housekeeping
// -----------------------------------------------------------------------------------

StackFile ticking(double rate, double cpu) {
  StackFile stack = kernel_alone();
  stack.layers[0].layer.housekeeping = {{"tick", exactly<Rate>(rate), exactly<Duration>(cpu)},
                                        {"scan", exactly<Rate>(10), exactly<Duration>(1e6)}};
  return stack;
}

// 250 /s * 2 us = 0.0005, 10 /s * 1 ms = 0.01.
TEST(StackModel, HousekeepingIsRateTimesCpuOverAllLayers) {
  const StackFile stack = ticking(250, 2000);
  const MachineFile machine = made_machine();
  const WorkloadFile workload = made_workload({{Op::syscall, 1}});
  Issues issues;
  const StackModel model(stack, machine, workload, issues);
  EXPECT_EQ(printed(issues), "");
  EXPECT_NEAR(model.housekeeping(Draws{}), 0.0105, 1e-15);
  EXPECT_NEAR(stretched(54, 0.25), 72, 1e-12);  // 54 / (1 - 1 / 4)
}

TEST(StackModel, HousekeepingThatLeavesNoTimeIsRefused) {
  EXPECT_EQ(refusal(ticking(1000, 1e6), made_workload({{Op::syscall, 1}})),
            "hand.toml:1:1: housekeeping: takes 101 % of one vCPU, so nothing else ever runs\n");
}

// Interpreted, a guest's own work takes 7 times as long and its crossing 250 ns; what the host does
// for it, and the crossing into the host, cost what they cost natively: (250 + 7 * 34) and 7 * 50 +
// 20 + 8.
TEST(StackModel, EmulationSlowsTheGuestAndNothingBeneath) {
  MachineFile machine = made_machine();
  machine.accel = "tcg";
  machine.emulation = {exactly<Ratio>(7), exactly<Duration>(250)};
  StackLayer host =
      made_layer("host", Crossing::syscall, Account::host, {Made(Op::packet_send, 8)});
  host.layer.virtualization = "kvm";
  const StackFile stack = made_stack(
      {made_layer("guest", Crossing::syscall, Account::guest,
                  {Made(Op::syscall, 34), Made(Op::page_fault, 50).below(Op::packet_send)}),
       host});
  const auto latency = [&](Op op) {
    Issues issues;
    const WorkloadFile one = single(op);
    const StackModel model(stack, machine, one, issues);
    EXPECT_TRUE(issues.empty()) << printed(issues);
    return solve(model.system(Draws{})).latency;
  };
  EXPECT_DOUBLE_EQ(latency(Op::syscall), 250 + 7 * 34);
  EXPECT_DOUBLE_EQ(latency(Op::page_fault), 250 + 7 * 50 + 20 + 8);
  machine.accel = "kvm-vmx";
  EXPECT_DOUBLE_EQ(latency(Op::syscall), 20 + 34);
}

}  // namespace
}  // namespace strata
