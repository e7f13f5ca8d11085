// Does the walk a person reads add up to the totals the algebra solves?

#include "models/layers/walk.h"

#include <gtest/gtest.h>

#include "tests/unit/hand_made.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

void expect_same_sums(const StackModel& model, const Draws& draws, const std::string& name) {
  const Totals totals = solve(model.system(draws));
  double latency = 0, cpu = 0, crossings = 0, copies = 0;
  for (const WalkStep& step : walk(model, draws)) {
    latency += step.latency;
    cpu += step.cpu;
    copies += step.copies;
    if (step.crossing) crossings += step.times;
  }
  const auto near = [&](double seen, double expected, const char* what) {
    EXPECT_NEAR(seen, expected, 1e-9 * std::abs(expected) + 1e-9) << name << ": " << what;
  };
  near(latency, totals.latency, "latency");
  near(cpu, totals.cpu.sum(), "cpu");
  near(crossings, totals.crossings, "crossings");
  near(copies, totals.copies, "copies");
}

TEST(Walk, AddsUpToTheTotalsForEveryStackMachineAndOperation) {
  int walked = 0;
  for (const auto& [machine_id, machine] : project().machines)
    for (const auto& [id, stack] : project().stacks)
      for (int op = 0; op <= static_cast<int>(Op::ipc); ++op) {
        const WorkloadFile workload = single(static_cast<Op>(op));
        Issues issues;
        const StackModel model(stack, machine, workload, issues);
        if (!issues.empty()) continue;  // not every stack serves every operation
        ++walked;
        for (const Draws& draws : {Draws{}, Draws{1, 5}})
          expect_same_sums(model, draws, id + " on " + machine_id + ", " + workload.id);
      }
  EXPECT_GT(walked, 500);
}

TEST(Walk, AddsUpToTheTotalsForEveryWorkload) {
  int walked = 0;
  for (const auto& [machine_id, machine] : project().machines)
    for (const auto& [id, stack] : project().stacks)
      for (const auto& [workload_id, workload] : project().workloads) {
        Issues issues;
        const StackModel model(stack, machine, workload, issues);
        if (!issues.empty()) continue;
        ++walked;
        expect_same_sums(model, Draws{1, 3}, id + " on " + machine_id + ", " + workload_id);
      }
  EXPECT_GT(walked, 100);
}

// Every operation an application may ask for is served by a plain kernel under it.
TEST(Walk, TheStackOnTheMachineItselfServesEveryOperation) {
  for (const auto& [machine_id, machine] : project().machines)
    for (int op = 0; op <= static_cast<int>(Op::ipc); ++op) {
      const WorkloadFile workload = single(static_cast<Op>(op));
      Issues issues;
      const StackModel model(project().stacks.at("bare_linux"), machine, workload, issues);
      EXPECT_EQ(printed(issues), "") << workload.id;
    }
}

// A null call on the machine itself: one entry, then the kernel's row. The prices are the files'
// own.
TEST(Walk, ANullCallOnTheMachineIsOneCrossingAndOneRow) {
  const MachineFile& machine = project().machines.at("m5d_metal");
  const StackFile& stack = project().stacks.at("bare_linux");
  const WorkloadFile workload = single(Op::syscall);
  Issues issues;
  const StackModel model(stack, machine, workload, issues);
  const auto steps = walk(model, Draws{});
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_TRUE(steps[0].crossing);
  EXPECT_EQ(steps[0].what, "syscall");
  EXPECT_EQ(steps[0].latency,
            machine.crossings[static_cast<std::size_t>(Crossing::syscall)].value.value);
  EXPECT_FALSE(steps[1].crossing);
  EXPECT_EQ(steps[1].layer, "host");
  EXPECT_EQ(steps[1].latency, stack.layers[0].layer.parameters.at("syscall").value.value);
  EXPECT_EQ(steps[1].account, Account::host);
}

// As it happens: into the kernel, its row, then what it causes, in the order the row states it.
TEST(Walk, StepsStandInTheOrderTheyHappen) {
  const MachineFile machine = made_machine();
  const StackFile stack = made_stack({made_layer("kernel", Crossing::syscall, Account::host,
                                                 {Made(Op::packet_send, 100)
                                                      .copies(1)
                                                      .below(Op::packet_send)
                                                      .async()
                                                      .below(Op::doorbell)
                                                      .batched()})});
  const WorkloadFile workload = made_workload({{Op::packet_send, 2}}, 4);
  Issues issues;
  const StackModel model(stack, machine, workload, issues);
  std::string seen;
  for (const WalkStep& s : walk(model, Draws{}))
    seen += std::to_string(s.depth) + (s.crossing ? " > " : " ") + s.layer + " " + s.what + " x" +
            std::to_string(s.times).substr(0, 3) + (s.asynchronous ? " async" : "") + "\n";
  EXPECT_EQ(seen,
            "0 >  syscall x2.0\n"
            "1 kernel packet_send x2.0\n"
            "1 >  passthrough x2.0 async\n"
            "2 machine packet_send x2.0 async\n"
            "1 >  passthrough x0.5\n"
            "2 machine doorbell x0.5\n");
}

// 0.5 of itself each time: 1 + 1/2 + 1/4 ... = 2 rows of 34, to a billionth.
TEST(Walk, ACycleThatDiesOutIsWalkedToItsEnd) {
  const MachineFile machine = made_machine();
  const StackFile stack = made_stack({made_layer("kernel", Crossing::syscall, Account::host,
                                                 {Made(Op::syscall, 34).here(Op::syscall, 0.5)})});
  const WorkloadFile workload = made_workload({{Op::syscall, 1}});
  Issues issues;
  const StackModel model(stack, machine, workload, issues);
  double latency = 0;
  for (const WalkStep& s : walk(model, Draws{})) latency += s.latency;
  EXPECT_NEAR(latency, 20 + 68, 1e-6);
}

}  // namespace
}  // namespace strata
