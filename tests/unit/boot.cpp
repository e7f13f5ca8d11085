// Does a boot take the longest way through its phases, in an order that keeps every `after`?

#include "models/layers/boot.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/hand_made.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

BootPhase phase(const std::string& name, double cpu, double wait = 0) {
  BootPhase p;
  p.name = name;
  p.cpu = exactly<Duration>(cpu);
  if (wait > 0) p.wait = exactly<Duration>(wait);
  p.place = {"hand.toml", 1, 1};
  return p;
}

BootPhase after(BootPhase p, std::vector<std::string> names) {
  p.after = std::move(names);
  return p;
}

/// The VMM starts, then configures and loads at once; the guest follows when both are done.
///   vmm.exec 5 -> vmm.configure 10 -> \ guest.kernel 20 + 7 -> guest.init 3 -> app.exec 2
///              -> vmm.load 30      -> /
StackFile two_layers() {
  StackFile stack = made_stack({made_layer("guest", Crossing::syscall, Account::guest, {}),
                                made_layer("vmm", Crossing::exit_user, Account::vmm, {})});
  stack.layers[1].layer.boot = {phase("exec", 5), after(phase("configure", 10), {"exec"}),
                                after(phase("load", 30), {"exec"})};
  stack.layers[0].layer.boot = {phase("kernel", 20, 7), after(phase("init", 3), {"kernel"})};
  stack.boot = {phase("exec", 2)};
  return stack;
}

BootPlan plan_of(const StackFile& stack) {
  Issues issues;
  check_boot(stack, issues);
  if (!issues.empty()) throw std::runtime_error(printed(issues));
  return boot_plan(stack, made_machine(), Draws{});
}

std::size_t find(const BootPlan& plan, const std::string& name) {
  const auto it = std::find_if(plan.phases.begin(), plan.phases.end(),
                               [&](const PlanPhase& p) { return p.name == name; });
  if (it == plan.phases.end()) throw std::runtime_error(name + " is not in the plan");
  return static_cast<std::size_t>(it - plan.phases.begin());
}

std::vector<std::string> waits_for(const BootPlan& plan, const std::string& name) {
  std::vector<std::string> names;
  for (const std::size_t before : plan.phases[find(plan, name)].after)
    names.push_back(plan.phases[before].name);
  std::sort(names.begin(), names.end());
  return names;
}

using Names = std::vector<std::string>;

TEST(Boot, PhasesStandAfterTheOnesTheyWaitFor) {
  const BootPlan plan = plan_of(two_layers());
  ASSERT_EQ(plan.phases.size(), 6U);
  for (std::size_t p = 0; p < plan.phases.size(); ++p)
    for (const std::size_t before : plan.phases[p].after) EXPECT_LT(before, p);
}

TEST(Boot, APhaseThatStatesNothingWaitsForTheLooseEndsBeneath) {
  const BootPlan plan = plan_of(two_layers());
  EXPECT_EQ(waits_for(plan, "vmm.exec"), Names{});
  EXPECT_EQ(waits_for(plan, "vmm.load"), Names{"vmm.exec"});
  EXPECT_EQ(waits_for(plan, "guest.kernel"), (Names{"vmm.configure", "vmm.load"}));
  EXPECT_EQ(waits_for(plan, "guest.init"), Names{"guest.kernel"});
  EXPECT_EQ(waits_for(plan, "app.exec"), Names{"guest.init"});
}

// 5 + max(10, 30) + 27 + 3 + 2.
TEST(Boot, AloneItTakesTheLongestWay) {
  const BootPlan plan = plan_of(two_layers());
  const auto ends = alone(plan, made_machine(), Draws{});
  EXPECT_NEAR(ends[find(plan, "vmm.exec")], 5, 1e-9);
  EXPECT_NEAR(ends[find(plan, "vmm.configure")], 15, 1e-9);
  EXPECT_NEAR(ends[find(plan, "vmm.load")], 35, 1e-9);
  EXPECT_NEAR(ends[find(plan, "guest.kernel")], 62, 1e-9);
  EXPECT_NEAR(ends[find(plan, "guest.init")], 65, 1e-9);
  EXPECT_NEAR(ends[find(plan, "app.exec")], 67, 1e-9);
  Names path;
  for (const std::size_t p : critical_path(plan, ends)) path.push_back(plan.phases[p].name);
  EXPECT_EQ(path, (Names{"vmm.exec", "vmm.load", "guest.kernel", "guest.init", "app.exec"}));
}

// init waits for a phase of the layer beneath alone, so it overlaps the kernel: 15 + 3.
TEST(Boot, AfterReachesAcrossLayers) {
  StackFile stack = two_layers();
  stack.layers[0].layer.boot[1].after = {"vmm.configure"};
  const BootPlan plan = plan_of(stack);
  EXPECT_EQ(waits_for(plan, "guest.init"), Names{"vmm.configure"});
  const auto ends = alone(plan, made_machine(), Draws{});
  EXPECT_NEAR(ends[find(plan, "guest.init")], 18, 1e-9);
  // The application waits for both loose ends of the guest; the kernel's, at 62, is the later one.
  EXPECT_EQ(waits_for(plan, "app.exec"), (Names{"guest.init", "guest.kernel"}));
  EXPECT_NEAR(ends[find(plan, "app.exec")], 64, 1e-9);
}

TEST(Boot, ANameMeansTheLayersOwnPhaseFirst) {
  StackFile stack = two_layers();
  stack.layers[0].layer.boot.push_back(phase("exec", 1));
  stack.layers[0].layer.boot[1].after = {"exec"};
  EXPECT_EQ(waits_for(plan_of(stack), "guest.init"), Names{"guest.exec"});
}

TEST(Boot, APhaseAfterNothingStartsAtOnce) {
  StackFile stack = two_layers();
  stack.layers[0].layer.boot[0].after = Names{};
  const BootPlan plan = plan_of(stack);
  EXPECT_NEAR(alone(plan, made_machine(), Draws{})[find(plan, "guest.kernel")], 27, 1e-9);
}

// The made machine's core fills 10 GB/s, its disk reads 1 GB/s after 80 us: 1 MB of memory is
// 100 us of CPU, 1 MB of disk 80 + 1000 us.
TEST(Boot, MemoryIsCpuAndDiskIsTheDevicesTime) {
  StackFile stack = two_layers();
  BootPhase load = phase("load", 1000, 500);
  load.memory = exactly<Bytes>(1e6);
  load.disk = exactly<Bytes>(1e6);
  load.per_running = exactly<Duration>(9);
  load.jitter = exactly<Ratio>(0.3);
  load.lock = "big";
  load.account = Account::dom0;
  stack.layers[1].layer.boot = {load};
  const BootPlan plan = plan_of(stack);
  const PlanPhase& made = plan.phases[find(plan, "vmm.load")];
  EXPECT_NEAR(made.cpu, 1000 + 100e3, 1e-6);
  EXPECT_NEAR(made.wait, 500, 1e-9);
  EXPECT_NEAR(made.disk, 1e6, 1e-6);
  EXPECT_EQ(made.per_running, 9);
  EXPECT_EQ(made.jitter, 0.3);
  EXPECT_EQ(made.lock, "big");
  EXPECT_EQ(made.account, Account::dom0);
  EXPECT_TRUE(made.assumed);  // exactly() assumes
  EXPECT_NEAR(alone(plan, made_machine(), Draws{})[find(plan, "vmm.load")], 101e3 + 500 + 1080e3,
              1e-3);
}

TEST(Boot, APhaseIsAssumedWhenItsLargestNumberIs) {
  StackFile stack = two_layers();
  BootPhase& kernel = stack.layers[0].layer.boot[0];  // 20 of cpu, 7 of wait
  kernel.cpu->source.evidence = Evidence::measured;
  EXPECT_FALSE(plan_of(stack).phases[find(plan_of(stack), "guest.kernel")].assumed);
  kernel.wait = exactly<Duration>(21);
  EXPECT_TRUE(plan_of(stack).phases[find(plan_of(stack), "guest.kernel")].assumed);
}

TEST(Boot, APhaseIsPaidByItsLayerAndTheGuestsOnesAreInTheGuest) {
  const BootPlan plan = plan_of(two_layers());
  EXPECT_EQ(plan.phases[find(plan, "vmm.exec")].account, Account::vmm);
  EXPECT_EQ(plan.phases[find(plan, "app.exec")].account, Account::app);
  EXPECT_FALSE(in_guest(plan.phases[find(plan, "vmm.exec")]));
  EXPECT_TRUE(in_guest(plan.phases[find(plan, "guest.kernel")]));
  EXPECT_TRUE(in_guest(plan.phases[find(plan, "app.exec")]));
}

TEST(Boot, AClockNamesThePhaseItStartsWith) {
  StackFile stack = two_layers();
  stack.clocks["in_vmm"] = "vmm.load";
  const BootPlan plan = plan_of(stack);
  EXPECT_EQ(plan.phases[plan.clocks.at("in_vmm")].name, "vmm.load");
}

std::string mistakes_of(const StackFile& stack) {
  Issues issues;
  check_boot(stack, issues);
  return printed(issues);
}

TEST(Boot, WhatNamesNoPhaseOrWaitsForItselfIsRefused) {
  StackFile stack = two_layers();
  stack.layers[0].layer.boot[1].after = {"kernl"};
  EXPECT_NE(
      mistakes_of(stack).find("hand.toml:1:1: boot.init.after: 'kernl' is no phase of this stack"),
      std::string::npos)
      << mistakes_of(stack);
  stack = two_layers();
  stack.clocks["in_vmm"] = "vmm.lod";
  EXPECT_NE(mistakes_of(stack).find(
                "clocks.in_vmm: 'vmm.lod' is no phase of this stack; did you mean 'vmm.load'?"),
            std::string::npos);
  stack = two_layers();
  stack.layers[1].layer.boot[0].after = {"load"};
  EXPECT_NE(mistakes_of(stack).find("phases wait for each other in a circle"), std::string::npos);
  stack = made_stack({});
  EXPECT_NE(mistakes_of(stack).find("no layer has a boot phase"), std::string::npos);
}

// An independent count: the end of a phase is its own time after the latest of those it waits for.
TEST(Boot, EveryStackOfTheProjectEndsWhenItsPhasesDo) {
  const Draws draws;
  for (const auto& [machine_id, machine] : project().machines)
    for (const auto& [id, stack] : project().stacks) {
      const BootPlan plan = boot_plan(stack, machine, draws);
      const auto ends = alone(plan, machine, draws);
      ASSERT_EQ(ends.size(), plan.phases.size()) << id;
      ASSERT_FALSE(ends.empty()) << id;
      for (std::size_t p = 0; p < ends.size(); ++p) {
        const PlanPhase& phase = plan.phases[p];
        const auto fetched = [&machine](const char* device, double bytes) {
          const DeviceFile& from = machine.devices.at(device);
          return bytes > 0 ? bytes / from.rate.value.value * 1e9 + from.latency.value.value : 0;
        };
        const double end =
            phase.cpu + phase.wait + fetched("disk", phase.disk) + fetched("nic", phase.network);
        double start = 0;
        for (const std::size_t before : phase.after) start = std::max(start, ends[before]);
        EXPECT_NEAR(ends[p], start + end, 1e-6 * (start + end)) << id << " " << phase.name;
      }
    }
}

}  // namespace
}  // namespace strata
