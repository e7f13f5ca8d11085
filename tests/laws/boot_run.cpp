// Starts on a simulated host, against times worked out by hand. Times are in ms unless said.

#include "models/host/boot_run.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/laws/in_child.h"

namespace strata {
namespace {

constexpr double kMs = 1e6;

PlanPhase phase(std::string name, Account account, double cpu, double wait,
                std::vector<std::size_t> after = {}) {
  PlanPhase p;
  p.name = std::move(name);
  p.account = account;
  p.cpu = cpu * kMs;
  p.wait = wait * kMs;
  p.after = std::move(after);
  return p;
}

HostNumbers host(int cores) { return {cores, 1e9, 0, 1e9, 0}; }

/// begin, guest and end of each start, in ms.
std::vector<double> times(const BootPlan& plan, int vcpus, const HostNumbers& numbers,
                          const StartPattern& pattern) {
  return in_child([&] {
    const BootRun run = run_boots(plan, vcpus, numbers, pattern, 1, "test");
    std::vector<double> out;
    for (const Start& s : run.starts)
      for (const Tick t : {s.begin, s.guest, s.end}) out.push_back(static_cast<double>(t) / kMs);
    return out;
  });
}

using Times = std::vector<double>;

TEST(BootRun, AloneTakesTheCriticalPathAndSplitsAtTheFirstGuestPhase) {
  // vmm 3 of cpu; then in parallel the guest's 5 of cpu and a host program's 2; the application
  // after both.
  const BootPlan plan{
      {phase("vmm.exec", Account::vmm, 3, 0), phase("guest.kernel", Account::guest, 5, 0, {0}),
       phase("host.net", Account::host, 2, 0, {0}), phase("app.exec", Account::app, 1, 4, {1, 2})},
      {}};
  // 3 + max(5, 2) + 1 + 4 = 13; the guest begins at 3.
  EXPECT_EQ(times(plan, 1, host(4), {1, 1, false, 0}), (Times{0, 3, 13}));
}

TEST(BootRun, KeepsSoManyInFlightAndStartsTheNextWhenOneIsDone) {
  const BootPlan plan{{phase("vmm.exec", Account::vmm, 0, 10)}, {}};
  // Two in flight, waiting only: pairs begin at 0, 10, 20.
  EXPECT_EQ(times(plan, 1, host(1), {5, 2, false, 0}),
            (Times{0, 10, 10, 0, 10, 10, 10, 20, 20, 10, 20, 20, 20, 30, 30}));
}

TEST(BootRun, ABurstSharesTheCoresFairly) {
  const BootPlan plan{{phase("guest.kernel", Account::guest, 6, 0)}, {}};
  // Three at once on two cores: each gets 2/3 of a core, 6 / (2/3) = 9.
  EXPECT_EQ(times(plan, 1, host(2), {3, 0, true, 0}), (Times{0, 0, 9, 0, 0, 9, 0, 0, 9}));
}

TEST(BootRun, PhasesOfOneGuestShareItsVcpusHostProgramsDoNot) {
  const BootPlan guest{
      {phase("guest.a", Account::guest, 4, 0), phase("guest.b", Account::guest, 4, 0)}, {}};
  EXPECT_EQ(times(guest, 1, host(8), {1, 1, false, 0}), (Times{0, 0, 8}));
  EXPECT_EQ(times(guest, 2, host(8), {1, 1, false, 0}), (Times{0, 0, 4}));
  const BootPlan programs{{phase("kvm.a", Account::vmm, 4, 0), phase("kvm.b", Account::host, 4, 0)},
                          {}};
  EXPECT_EQ(times(programs, 1, host(8), {1, 1, false, 0})[2], 4);
}

TEST(BootRun, ALockServesStartsOneByOneDuringCpuAndWait) {
  PlanPhase net = phase("host.net", Account::host, 2, 1);
  net.lock = "rtnl";
  const BootPlan plan{{net}, {}};
  EXPECT_EQ(times(plan, 1, host(8), {3, 0, true, 0}), (Times{0, 3, 3, 0, 6, 6, 0, 9, 9}));
}

TEST(BootRun, WorkThatGrowsWithTheNumberRunningCountsThoseThere) {
  PlanPhase store = phase("xen.store", Account::dom0, 10, 0);
  store.per_running = 2 * kMs;
  const BootPlan plan{{store}, {}};
  // One at a time, all stay: the k-th finds k - 1 others, and 3 that were there before.
  const auto found = times(plan, 1, host(4), {3, 1, true, 3});
  EXPECT_EQ(found[2] - found[0], 10 + 2 * 3);
  EXPECT_EQ(found[5] - found[3], 10 + 2 * 4);
  EXPECT_EQ(found[8] - found[6], 10 + 2 * 5);
}

TEST(BootRun, ALauncherStartsOneAtATimeOutsideTheClock) {
  const BootPlan plan{{phase("vmm.exec", Account::vmm, 0, 10)}, {}};
  HostNumbers numbers = host(4);
  numbers.launch = 4 * kMs;
  numbers.between = 1 * kMs;
  // Three may be in flight. Launched at 4, 8 and 12; the first is done at 14, thinks till 15, and
  // the launcher, free since 12, needs till 19. It is never asked faster than that, so two are in
  // flight most of the time, not three.
  EXPECT_EQ(times(plan, 1, numbers, {4, 3, false, 0}),
            (Times{4, 14, 14, 8, 18, 18, 12, 22, 22, 19, 29, 29}));
  // A burst is at one instant by definition.
  EXPECT_EQ(times(plan, 1, numbers, {2, 0, true, 0}), (Times{0, 10, 10, 0, 10, 10}));
}

TEST(BootRun, OthersThatStartMakeWorkLongerOthersThatRunDoNot) {
  BootPlan plan{{phase("vmm.exec", Account::vmm, 10, 5)}, {}};
  plan.phases[0].crowd = 0.1;
  // Three at once on enough cores: each finds two others, a tenth more of the cpu for each.
  EXPECT_EQ(times(plan, 1, host(8), {3, 0, true, 0}), (Times{0, 17, 17, 0, 17, 17, 0, 17, 17}));
  // On two cores the same work, 12 each, takes its share of the cores besides.
  EXPECT_EQ(times(plan, 1, host(2), {3, 0, true, 0})[2], 18 + 5);
  // One at a time, all stay, and seven were there: nobody else starts.
  EXPECT_EQ(times(plan, 1, host(8), {2, 1, true, 7}), (Times{0, 15, 15, 15, 30, 30}));
}

TEST(BootRun, ThoseOnTheHostAndThoseInTheirGuestsMeetAmongThemselves) {
  BootPlan plan{
      {phase("vmm.exec", Account::vmm, 10, 0), phase("guest.kernel", Account::guest, 20, 0, {0})},
      {}};
  plan.phases[0].crowd = 0.1;
  HostNumbers numbers = host(8);
  numbers.launch = 4 * kMs;
  // Started at 4, while the launcher, a process of the host too, works on the second; that one
  // starts at 8 and finds the first, and nobody asks for a third. In their guests nothing is
  // shared.
  EXPECT_EQ(times(plan, 1, numbers, {2, 2, false, 0}), (Times{4, 15, 35, 8, 19, 39}));
  // Shorter than the launcher's next: the second begins where the first has gone on to its guest.
  plan.phases[0].cpu = 3 * kMs;
  EXPECT_NEAR(times(plan, 1, numbers, {2, 2, false, 0})[4] - 8, 3, 1e-9);
}

TEST(BootRun, WhatAPhaseMeetsOfTheCrowdKeepsItsMean) {
  BootPlan plan{{phase("vmm.exec", Account::vmm, 10, 0)}, {}};
  plan.phases[0].crowd = 0.1;
  plan.phases[0].spread = 0.8;
  const auto found = times(plan, 1, host(4000), {4000, 2, false, 0});
  double sum = 0, squares = 0;
  for (std::size_t i = 2; i < found.size(); i += 3) {
    const double more = found[i] - found[i - 2] - 10;  // ms that one other start added
    sum += more;
    squares += more * more;
  }
  const double n = static_cast<double>(found.size()) / 3, mean = sum / n;
  // Standard errors: of the mean 0.8 / sqrt(4000); the first start of all met nobody.
  EXPECT_NEAR(mean, 1, 0.05);
  EXPECT_NEAR(std::sqrt(squares / n - mean * mean) / mean, 0.8, 0.1);
}

TEST(BootRun, DiskAndNetworkAreSharedByAllWhoUseThem) {
  PlanPhase pull = phase("container.pull", Account::host, 0, 0);
  pull.network = 5e6;  // 5 MB at 1 GB/s is 5 ms alone, 10 when two share it
  PlanPhase read = phase("container.read", Account::host, 0, 0, {0});
  read.disk = 2e6;
  const BootPlan plan{{pull, read}, {}};
  EXPECT_EQ(times(plan, 1, host(4), {1, 1, false, 0})[2], 5 + 2);
  EXPECT_EQ(times(plan, 1, host(4), {2, 0, true, 0})[2], 10 + 4);
}

TEST(BootRun, JitterKeepsTheMeanAndDependsOnTheStartAlone) {
  PlanPhase kernel = phase("guest.kernel", Account::guest, 10, 0);
  kernel.jitter = 0.1;
  const BootPlan plan{{kernel}, {}};
  const auto serial = times(plan, 1, host(100), {4000, 1, false, 0});
  const auto parallel = times(plan, 1, host(100), {4000, 50, false, 0});
  double sum = 0;
  for (std::size_t i = 0; i < serial.size(); i += 3) {
    sum += serial[i + 2] - serial[i];
    // The same draw whatever else happens; ends are rounded up to whole ns.
    ASSERT_NEAR(serial[i + 2] - serial[i], parallel[i + 2] - parallel[i], 2e-6);
  }
  // Standard error of the mean: 10 * 0.1 / sqrt(4000) = 0.016; four of them.
  EXPECT_NEAR(sum / 4000, 10, 4 * 0.016);
}

TEST(Arrivals, StartServeAndLeaveTheirMemory) {
  const BootPlan plan{
      {phase("vmm.exec", Account::vmm, 1, 0), phase("guest.kernel", Account::guest, 2, 0, {0})},
      {}};
  const std::vector<Arrival> arrivals = {{0, {4 * kMs}, "f"},
                                         {std::int64_t{1000000}, {4 * kMs}, "f"},
                                         {std::int64_t{50000000}, {4 * kMs}, "g"}};
  const auto found = in_child([&] {
    Ledger ledger(250);
    const HostMemory memory{
        ledger, [&](Ledger::Holder h) { ledger.add(h, MemoryKind::private_, 100); }, 100};
    // Work takes half as long again.
    const ReplayRun run = run_arrivals(plan, 1, host(8), memory, arrivals, 1.5, 1, "test");
    std::vector<double> out;
    for (const Served& s : run.served)
      out.push_back(static_cast<double>(s.served - s.arrived) / kMs);
    out.insert(out.end(), {double(run.most_running), double(run.most_resident),
                           double(ledger.resident()), run.utilisation});
    return out;
  });
  // 1 + 2 + 4 * 1.5 = 9 for each; two overlap; cpu 3 * 9 of 8 cores over 59.
  EXPECT_EQ((std::vector<double>(found.begin(), found.begin() + 6)),
            (std::vector<double>{9, 9, 9, 2, 200, 0}));
  EXPECT_NEAR(found[6], 27.0 / (8 * 59), 1e-9);
}

TEST(Arrivals, AreRefusedWhenTheirMemoryDoesNotFit) {
  const BootPlan plan{{phase("vmm.exec", Account::vmm, 5, 0)}, {}};
  const std::vector<Arrival> arrivals = {
      {0, {kMs}, "f"}, {1, {kMs}, "f"}, {std::int64_t{100000000}, {kMs}, "f"}};
  const auto refused = in_child([&] {
    Ledger ledger(150);
    const HostMemory memory{
        ledger, [&](Ledger::Holder h) { ledger.add(h, MemoryKind::private_, 100); }, 100};
    const ReplayRun run = run_arrivals(plan, 1, host(8), memory, arrivals, 1, 1, "test");
    return std::vector<double>{double(run.served[0].refused), double(run.served[1].refused),
                               double(run.served[2].refused)};
  });
  EXPECT_EQ(refused, (std::vector<double>{0, 1, 0}));
}

}  // namespace
}  // namespace strata
