// Is a machine said on the command line the nearest described one, its prices scaled by the clock,
// and without what mitigations cost where these are off?

#include <gtest/gtest.h>

#include "models/calibrate/predict.h"
#include "tests/unit/hand_made.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

/// Of a made machine of 2018 at 2 GHz on which an instruction of a filter takes so many ns.
Sourced<Duration> filter_step(double ns, const std::string& text) {
  MachineFile base = made_machine();
  base.era = 2018;
  base.clock = exactly<Frequency>(2e9);
  base.filter_step = exactly<Duration>(ns);
  Catalog catalog;
  catalog.machines.emplace(base.id, base);
  Issues issues;
  const MachineFile machine = inline_machine(text, catalog, issues);
  EXPECT_TRUE(issues.empty()) << printed(issues);
  return machine.filter_step;
}

TEST(MachineInline, AnInstructionOfAFilterIsScaledByTheClock) {
  const auto step = filter_step(8, "cores=4,ghz=4,year=2018,mitigations=on");
  EXPECT_DOUBLE_EQ(step.value.value, 4);
  EXPECT_DOUBLE_EQ(step.low.value, 4 / 1.5);
  EXPECT_DOUBLE_EQ(step.high.value, 4 * 1.5);
}

// 4.2 cycles at 4 GHz where the base's goes through a retpoline, which took 4 ns there.
TEST(MachineInline, WithoutMitigationsAnInterpretedInstructionNeedsNoRetpoline) {
  const auto step = filter_step(8, "cores=4,ghz=4,year=2018,mitigations=off");
  EXPECT_DOUBLE_EQ(step.value.value, 1.05);
  EXPECT_DOUBLE_EQ(step.low.value, 1.05 / 1.5);
  EXPECT_DOUBLE_EQ(step.high.value, 1.05 * 1.5);
  EXPECT_EQ(step.source.words,
            "4.2 cycles of an interpreted one without retpolines (strata_filters) at 4 GHz");
}

TEST(MachineInline, WhatIsCheaperOnTheBaseStaysSo) {
  const auto step = filter_step(0.5, "cores=4,ghz=4,year=2018,mitigations=off");
  EXPECT_DOUBLE_EQ(step.value.value, 0.25);
  EXPECT_NE(step.source.words.find("scaled by the clock"), std::string::npos);
}

}  // namespace
}  // namespace strata
