// Is each operation's work counted where it is done? Expected values are followed by hand. Prices
// of the made machine (ns): syscall 20, exit_kernel 400, shared_ring 60, passthrough 2.

#include "models/layers/stations.h"

#include <gtest/gtest.h>

#include "tests/unit/hand_made.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

/// A guest that waits for neither direction; each interrupt costs it two device registers.
StackFile guest_over_back_end() {
  StackLayer guest = made_layer(
      "guest", Crossing::syscall, Account::guest,
      {Made(Op::packet_send, 50).below(Op::packet_send).async().below(Op::doorbell).batched(),
       Made(Op::packet_receive, 80).below(Op::packet_receive).async(), Made(Op::interrupt, 5),
       Made(Op::mmio, 0).below(Op::mmio)});
  StackLayer kvm = made_layer(
      "kvm", Crossing::shared_ring, Account::vmm,
      {Made(Op::packet_send, 30).below(Op::packet_send),
       Made(Op::packet_receive, 70).below(Op::packet_receive).here(Op::interrupt).batched(),
       Made(Op::interrupt, 9).above(Op::interrupt).above(Op::mmio, 2), Made(Op::doorbell, 40),
       Made(Op::mmio, 11)});
  kvm.entered_by = {{Crossing::exit_kernel, {Op::doorbell}, {}},
                    {Crossing::exit_user, {Op::mmio}, {}},
                    {Crossing::shared_ring, {}, {}}};
  return made_stack({guest, kvm});
}

Stations of(Op op, const Notifications& under_load, std::optional<double> deliver = {}) {
  const StackFile stack = guest_over_back_end();
  const MachineFile machine = made_machine();
  const WorkloadFile workload = made_workload({{op, 1}}, 4);
  Issues issues;
  const StackModel model(stack, machine, workload, issues);
  EXPECT_TRUE(issues.empty()) << printed(issues);
  return Split(model, Draws{}, deliver).at(under_load);
}

// The guest enters its kernel (20 + 50) and kicks a quarter of the time (400 + 40, for the
// machine's batch of 4 says nothing here); ring, back end and the way to the NIC (60 + 30 + 2) are
// another thread's.
TEST(Stations, WhatIsNotWaitedForIsTheBackEnds) {
  const Stations s = of(Op::packet_send, {0.25, 1});
  EXPECT_NEAR(s.caller, 20 + 50 + 0.25 * (400 + 40), 1e-9);
  EXPECT_NEAR(s.backend, 60 + 30 + 2, 1e-9);
}

// The interrupt is raised by the back end (9) and taken by the guest (5), which then leaves for the
// VMM twice (5000 + 11) on its own processor.
TEST(Stations, WhatIsRaisedAboveIsTheInstances) {
  const Stations s = of(Op::packet_receive, {1, 0.5});
  EXPECT_NEAR(s.caller, 20 + 80 + 0.5 * (5 + 2 * (5000 + 11)), 1e-9);
  EXPECT_NEAR(s.backend, 60 + 70 + 0.5 * 9 + 2, 1e-9);
}

// A process beside the instance takes it there, at 1000; nothing goes on to the NIC (2).
TEST(Stations, APacketIsDeliveredByWhoeverLetsItOut) {
  EXPECT_NEAR(of(Op::packet_send, {1, 1}, 1000).backend, 60 + 30 + 1000, 1e-9);
  EXPECT_NEAR(of(Op::packet_receive, {1, 1}, 1000).backend, 60 + 70 + 9, 1e-9);
}

}  // namespace
}  // namespace strata
