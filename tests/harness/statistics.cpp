#include "real-harness/statistics.h"

#include <gtest/gtest.h>

#include "models/base/random.h"
#include "real-harness/measure.h"

namespace strata {
namespace {

TEST(Median, LiesInItsInterval) {
  const Median m = median_of({5, 1, 4, 2, 3}, "x");
  EXPECT_EQ(m.median, 3);
  EXPECT_LE(m.low, 3);
  EXPECT_GE(m.high, 3);
  EXPECT_EQ(m.samples, 5);
}

TEST(Median, OfOneSampleIsThatSample) {
  const Median m = median_of({7}, "x");
  EXPECT_EQ(m.low, 7);
  EXPECT_EQ(m.high, 7);
  EXPECT_EQ(m.p99, 7);
}

TEST(Median, IntervalHoldsTheTruthAboutAsOftenAsItSays) {
  Stream stream(1, "coverage");
  int held = 0;
  for (int i = 0; i < 200; ++i) {
    std::vector<double> samples(30);
    for (double& s : samples) s = stream.uniform();
    const Median m = median_of(samples, "x");
    held += m.low <= 0.5 && 0.5 <= m.high;
  }
  EXPECT_GE(held, 178);  // 95 % of 200 is 190; four standard deviations below
}

/// What a runner gives that needs no machine.
class Scripted : public Runner {
 public:
  explicit Scripted(std::string output, std::string outcome = "ok")
      : output_(std::move(output)), outcome_(std::move(outcome)) {}
  std::string stack() const override { return "scripted"; }
  std::string about() const override { return ""; }
  std::string accel() const override { return "native"; }
  std::optional<std::string> cannot() override { return std::nullopt; }
  Outcome run(const Trial&) override {
    Outcome o;
    o.outcome = outcome_;
    o.exec = 1'000'000;
    o.entered = o.main = o.done = 3'000'000;
    o.output = output_;
    return o;
  }

 private:
  std::string output_, outcome_;
};

std::vector<Record> measured(Runner& runner, const std::string& metric) {
  MeasurePlan plan;
  plan.runners = {&runner};
  for (Probe& probe : probes(true))
    if (probe.metric == metric) plan.probes.push_back(probe);
  plan.warm_ups = 1;
  plan.trials = 2;
  return measure(plan, [](int) {}).records;
}

TEST(Measure, KeepsEverySampleAndMarksWarmUps) {
  Scripted runner("");
  const auto rows = measured(runner, "boot.total");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].outcome, "warm-up");
  EXPECT_EQ(rows[1].outcome, "ok");
  EXPECT_EQ(rows[2].trial, 1);
  EXPECT_EQ(rows[2].value, 2.0);
  EXPECT_EQ(rows[2].origin, "measured");
}

TEST(Measure, ReadsTheAnswerPerOperation) {
  Scripted runner("ns=5000 count=100\n");
  EXPECT_EQ(measured(runner, "syscall.latency")[1].value, 50.0);
}

TEST(Measure, AnAnswerThatIsNoneIsAFailureNotANumber) {
  for (const char* bad : {"", "ns=5", "ns=-1 count=1\n", "ns=5 count=0\n", "hello\n"}) {
    Scripted runner(bad);
    for (const Record& row : measured(runner, "syscall.latency")) {
      EXPECT_EQ(row.outcome, "failed: the guest's answer is no answer") << bad;
      EXPECT_EQ(row.value, 0);
    }
  }
}

TEST(Measure, SaysHowQuietTheMachineWas) {
  Scripted runner("");
  MeasurePlan plan;
  plan.runners = {&runner};
  plan.probes = probes(true);
  plan.trials = 1;
  const auto cells = measure(plan, [](int) {}).cells;
  ASSERT_EQ(cells.size(), plan.probes.size());
  for (const MeasuredCell& cell : cells) EXPECT_GE(cell.reference, 1);
  EXPECT_FALSE((MeasuredCell{"s", "m", 1.05}.disturbed()));
  EXPECT_TRUE((MeasuredCell{"s", "m", 1.2}.disturbed()));
}

TEST(Measure, ATimeoutIsARow) {
  Scripted runner("", "timeout");
  const auto rows = measured(runner, "boot.total");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].outcome, "timeout");
  EXPECT_EQ(rows[2].outcome, "timeout");
}

}  // namespace
}  // namespace strata
