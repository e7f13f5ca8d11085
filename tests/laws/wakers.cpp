// Do wake-ups and load keep each other in step, and two cores of one kernel? Laws that hold
// whatever the numbers are, and the two ends of the range by hand: one connection, for which
// everybody sleeps, and many, for which the slowest never does.

#include <gtest/gtest.h>

#include <cmath>

#include "models/calibrate/predict_load.h"
#include "tests/unit/hand_made.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

void parameter(StackLayer& layer, const std::string& name, Dimension dimension, double value) {
  const Quantity n{value, dimension};
  layer.layer.parameters[name] = {n,     n, n, {Evidence::assumed, "", "by hand", "hand.toml", 1},
                                  false, ""};
}

struct OneGuest {
  StackFile stack;
  MachineFile machine = made_machine();
  WorkloadFile workload =
      made_workload({{Op::compute, 1000}, {Op::packet_receive, 1}, {Op::packet_send, 1}});

  explicit OneGuest(double backend, double wake) {
    StackLayer guest = made_layer(
        "guest", Crossing::syscall, Account::guest,
        {Made(Op::packet_send, 50).below(Op::packet_send).async().below(Op::doorbell).batched(),
         Made(Op::packet_receive, 80).below(Op::packet_receive).async(), Made(Op::interrupt, 5),
         Made(Op::mmio, 0).below(Op::mmio)});
    parameter(guest, "context_switch", Dimension::time, 100);
    StackLayer kvm = made_layer(
        "kvm", Crossing::shared_ring, Account::vmm,
        {Made(Op::packet_send, backend).below(Op::packet_send),
         Made(Op::packet_receive, backend).below(Op::packet_receive).here(Op::interrupt).batched(),
         Made(Op::interrupt, 9).above(Op::interrupt), Made(Op::doorbell, 40)});
    kvm.layer.model = "hypervisor";
    kvm.entered_by = {{Crossing::exit_kernel, {Op::doorbell}, {}}, {Crossing::shared_ring, {}, {}}};
    stack = made_stack({guest, kvm});
    machine.idle = {exactly<Duration>(wake), exactly<Duration>(10 * wake), exactly<Duration>(1e6)};
  }

  double rate(std::optional<int> connections) const {
    Issues issues;
    const StackModel model(stack, machine, workload, issues);
    EXPECT_TRUE(issues.empty()) << printed(issues);
    return Wakers(stack, machine, false).rate(model, Draws{}, connections);
  }
};

constexpr double kRing = 60, kWire = 2, kSyscall = 20, kExit = 400, kExitUser = 5000;

// Of one connection nothing overlaps: the guest 1000, 2 syscalls, 80 and 50, a kick of 400 + 40 and
// an interrupt of 5; it has halted (a call of 5000 to the VMM, for nothing polls here), waits for
// its wake-up and switches to the process. The back end is woken twice.
TEST(Wakers, OfOneConnectionEverybodySleeps) {
  const double wake = 3000, backend = 700;
  const double caller = 1000 + 2 * kSyscall + 80 + 50 + kExit + 40 + 5 + kExitUser + wake + 100;
  const double thread = 2 * (kRing + backend + kWire) + 9 + 2 * wake;
  EXPECT_NEAR(OneGuest(backend, wake).rate(1), 1e9 / (caller + thread), 1e-3);
}

// A back end ten times slower than the guest sets the pace, is never idle, and is not kicked: what
// a wake-up costs is then the guest's, which has the time.
TEST(Wakers, OfManyConnectionsTheSlowestNeverSleeps) {
  const double backend = 100000;
  const double thread = 2 * (kRing + backend + kWire) + 9;
  EXPECT_NEAR(OneGuest(backend, 3000).rate({}), 1e9 / thread, 1e9 / thread * 1e-4);
  EXPECT_NEAR(OneGuest(backend, 3000).rate(200), 1e9 / thread, 1e9 / thread * 0.01);
}

// A thread that looks for work when it is woken does so twice for one connection, and never where
// it is always at work.
TEST(Wakers, LookingForWorkIsPaidOnceAWakeUp) {
  const auto polling = [](double backend) {
    OneGuest made(backend, 3000);
    parameter(made.stack.layers.back(), "poll", Dimension::time, 2000);
    return made;
  };
  const auto took = [](const OneGuest& made) { return 1e9 / made.rate(1); };
  EXPECT_NEAR(took(polling(700)) - took(OneGuest(700, 3000)), 2 * 2000, 1e-3);
  EXPECT_NEAR(polling(100000).rate({}) / OneGuest(100000, 3000).rate({}), 1, 1e-4);
}

TEST(Wakers, MoreConnectionsNeverLowerTheRate) {
  for (const double backend : {100.0, 900.0, 5000.0})
    for (const double wake : {20000.0, 5000.0, 1000.0, 0.0}) {
      double fewer = 0;
      for (const int connections : {1, 2, 4, 8, 30, 100}) {
        const double now = OneGuest(backend, wake).rate(connections);
        EXPECT_GE(now, fewer * (1 - 1e-6)) << backend << " " << wake << " " << connections;
        fewer = now;
      }
    }
}

// A dearer wake-up costs who waits for it. Where the guest is the slowest it is for the better: a
// back end that takes longer to wake is found at work more often, and the guest kicks it less.
TEST(Wakers, ADearerWakeUpCostsALoneConnectionAndSparesABusyGuestKicks) {
  for (const double wake : {0.0, 1000.0, 5000.0}) {
    EXPECT_LT(OneGuest(100, wake + 1000).rate(1), OneGuest(100, wake).rate(1));
    EXPECT_GT(OneGuest(100, wake + 1000).rate({}), OneGuest(100, wake).rate({}));
  }
}

// Both ends have slept for long once, and the back end and who waits for the reply for a moment.
TEST(Wakers, ALonePacketPaysEveryWakeUp) {
  const OneGuest made(700, 3000);
  Issues issues;
  WorkloadFile echo = made_workload({{Op::packet_receive, 1}, {Op::packet_send, 1}});
  const StackModel model(made.stack, made.machine, echo, issues);
  const double work = 2 * kSyscall + 80 + 50 + kExit + 40 + 5 + 2 * (kRing + 700) + 9;
  const double asleep = 3000 + 27000 * std::exp(-1e6 / 1e9);
  EXPECT_NEAR(Wakers(made.stack, made.machine, true).round_trip(model, Draws{}, 1e9),
              work + 2 * asleep + kExitUser + 2 * 3000, 1e-6);
}

TEST(Wakers, AMachineWithoutWakeUpsCannotBeAsked) {
  OneGuest made(700, 3000);
  made.machine.idle.reset();
  EXPECT_NE(Wakers(made.stack, made.machine, false).lacks().find("made does not state"),
            std::string::npos);
}

/// A process on a kernel that has `receive` to do for a packet, 30 of it in the receiver's own
/// call, and takes an interrupt of 5 for each.
struct OneProcess {
  StackFile stack;
  MachineFile machine = made_machine();
  WorkloadFile workload =
      made_workload({{Op::compute, 1000}, {Op::packet_receive, 1}, {Op::packet_send, 1}});

  explicit OneProcess(double receive) {
    StackLayer host =
        made_layer("host", Crossing::syscall, Account::host,
                   {Made(Op::packet_send, 50).below(Op::packet_send).async(),
                    Made(Op::packet_receive, receive).below(Op::packet_receive).async(),
                    Made(Op::interrupt, 5)});
    parameter(host, "receive_call", Dimension::time, 30);
    stack = made_stack({host});
    for (Row& row : machine.rows)
      if (row.op == Op::packet_receive) row = Made(Op::packet_receive, 6).above(Op::interrupt);
    workload.interrupts_elsewhere = true;
  }

  /// A bridge of the same kernel between them, with `receive` to do.
  void bridged(double receive) {
    stack.layers.insert(stack.layers.begin(),
                        made_layer("bridge", Crossing::syscall, Account::host,
                                   {Made(Op::packet_send, 0).below(Op::packet_send),
                                    Made(Op::packet_receive, receive).below(Op::packet_receive)}));
    stack.layers.back().entered_by = {{Crossing::function_call, {}, {}}};
  }

  double rate(std::optional<int> connections) const {
    Issues issues;
    const StackModel model(stack, machine, workload, issues);
    EXPECT_TRUE(issues.empty()) << printed(issues);
    return TakenInBeside(stack, workload).rate(model, Draws{}, connections);
  }
};

// The process computes, calls twice, sends and takes from the socket; beside it a packet is taken
// in, with its interrupt and the descriptors of both. The slower of the two sets the pace.
TEST(TakenInBeside, TheSlowerOfTwoCoresSetsThePace) {
  const double process = 1000 + 2 * kSyscall + 50 + 30;
  EXPECT_NEAR(OneProcess(80).rate({}), 1e9 / process, 1e-3);
  EXPECT_NEAR(OneProcess(5000).rate({}), 1e9 / (5000 - 30 + 5 + 2 * kWire), 1e-3);
  EXPECT_NEAR(OneProcess(80).rate(1), 1e9 / (process + 80 - 30 + 5 + 2 * kWire), 1e-3);
}

// The receiver's call copies, so bytes are its; a bridge is passed before there is a receiver.
TEST(TakenInBeside, BytesAreCopiedByTheReceiverAndABridgeIsPassedBesideIt) {
  const double process = 1000 + 2 * kSyscall + 50 + 30;
  OneProcess copying(80);
  copying.stack.layers[0].layer.rows[1].latency_per_byte = exactly<TimePerByte>(0.5);
  copying.workload.bytes.emplace(Op::packet_receive, exactly<Bytes>(200));
  EXPECT_NEAR(copying.rate({}), 1e9 / (process + 0.5 * 200), 1e-3);

  OneProcess made(80);
  made.bridged(5000);
  EXPECT_NEAR(made.rate({}), 1e9 / (5000 + 80 - 30 + 5 + 2 * kWire), 1e-3);
}

TEST(TakenInBeside, IsAsTheWorkloadSaysAndOfNoGuest) {
  OneProcess made(80);
  EXPECT_TRUE(TakenInBeside(made.stack, made.workload).any());
  made.stack.layers[0].layer.virtualization = "kvm";
  EXPECT_FALSE(TakenInBeside(made.stack, made.workload).any());
  made.stack.layers[0].layer.virtualization = "";
  made.workload.interrupts_elsewhere = false;
  EXPECT_FALSE(TakenInBeside(made.stack, made.workload).any());
}

}  // namespace
}  // namespace strata
