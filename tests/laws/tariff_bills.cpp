// Does a bill add up, does rounding cost what it should, and does resizing strand what is not used?
// By hand on three calls.

#include <gtest/gtest.h>

#include "models/fleet/tariffs.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

constexpr std::int64_t kS = 1'000'000;

class Listed final : public InvocationSource {
 public:
  Listed(std::vector<FunctionSpec> functions, std::vector<Invocation> calls)
      : functions_(std::move(functions)), calls_(std::move(calls)) {}
  const std::vector<FunctionSpec>& functions() const override { return functions_; }
  bool next(Invocation& out) override {
    if (at_ == calls_.size()) return false;
    out = calls_[at_++];
    return true;
  }

 private:
  std::vector<FunctionSpec> functions_;
  std::vector<Invocation> calls_;
  std::size_t at_ = 0;
};

Tariff tariff(Tariff::Kind kind, double least, double step, std::int64_t round_us) {
  Tariff t;
  t.kind = kind;
  t.least_mib = least;
  t.step_mib = step;
  t.round_us = round_us;
  t.gib_hour_usd = 3600 * 1024;  // a dollar a MiB-s
  return t;
}

/// One function of 100 MiB: calls of 90 s from 0, of 30 s from 30 s, of 0.15 s from 250 s.
struct Example {
  std::vector<Tariff> tariffs = {tariff(Tariff::Kind::always, 512, 512, 3600 * kS),
                                 tariff(Tariff::Kind::call, 128, 64, kS / 10),
                                 tariff(Tariff::Kind::cpu, 1, 1, 1)};
  FunctionSpec function{"f", "", 100};
  TraceUse use;
  Example() {
    Listed source({function},
                  {{0, 90 * kS, 0}, {30 * kS, 30 * kS, 0}, {250 * kS, kS * 15 / 100, 0}});
    use = use_of(source, tariffs);
  }
  Bill of(std::size_t t, double stack_mib = 20) const {
    return bill(tariffs[t], t, function, use.functions[0], use.span_us, stack_mib, 0.5);
  }
};

TEST(Tariffs, UseIsWhatTheCallsAdd) {
  const Example e;
  EXPECT_EQ(e.use.span_us, 300 * kS);
  EXPECT_EQ(e.use.functions[0].busy_us, 120 * kS + kS * 15 / 100);
  // Two at once in minute 0, the first goes on into minute 1, one in minute 4.
  EXPECT_EQ(e.use.functions[0].most_at_once, (std::vector<std::uint32_t>{2, 1, 0, 0, 1}));
}

TEST(Tariffs, AServerIsSoldForItsPeakByTheHour) {
  // 2 x 100 + 20 MiB: one step of 512, for one hour.
  const Bill b = Example().of(0);
  EXPECT_DOUBLE_EQ(b.sold, 512 * 3600);
  EXPECT_NEAR(b.used, 100 * 120.15, 1e-6);
  EXPECT_DOUBLE_EQ(b.stack, 20 * 300);
  EXPECT_DOUBLE_EQ(b.size, (512 - 220) * 300);
  EXPECT_DOUBLE_EQ(b.time, 512 * 3300);
  EXPECT_NEAR(b.idle, 200 * 300 - 100 * 120.15, 1e-6);
  EXPECT_NEAR(b.usd, b.sold, 1e-6);
}

TEST(Tariffs, ACallIsRoundedUpInSizeAndTime) {
  // 120 MiB: 128. 90 + 30 + 0.2 s.
  const Bill b = Example().of(1);
  EXPECT_NEAR(b.sold, 128 * 120.2, 1e-6);
  EXPECT_NEAR(b.time, 128 * 0.05, 1e-6);
  EXPECT_NEAR(b.size, 8 * 120.15, 1e-6);
  // 180 MiB: 192.
  EXPECT_NEAR(Example().of(1, 80).sold, 192 * 120.2, 1e-6);
}

TEST(Tariffs, PartsAddUpToWhatIsSold) {
  for (const std::size_t t : {0U, 1U, 2U}) {
    const Bill b = Example().of(t);
    EXPECT_NEAR(b.used + b.stack + b.size + b.time + b.idle, b.sold, 1e-6) << t;
  }
}

TEST(Tariffs, ACoreForEachCallIsBoughtAsMemory) {
  // A core comes with 1000 MiB: of a call 1024 in steps of 64; two at once on a server 2048 of 512.
  const Example e;
  const auto with_cores = [&e](std::size_t t, double mib) {
    return bill(e.tariffs[t], t, e.function, e.use.functions[0], e.use.span_us, 20, 0.5, mib);
  };
  const Bill call = with_cores(1, 1000), server = with_cores(0, 1000);
  EXPECT_NEAR(call.sold, 1024 * 120.2, 1e-6);
  EXPECT_NEAR(call.size, (1024 - 120) * 120.15, 1e-6);
  EXPECT_NEAR(server.sold, 2048 * 3600, 1e-6);
  for (const Bill& b : {call, server})
    EXPECT_NEAR(b.used + b.stack + b.size + b.time + b.idle, b.sold, 1e-6);
  // Memory that is held anyway brings its cores along: 100 + 20 MiB are more than 60 a core.
  EXPECT_EQ(with_cores(1, 60).usd, e.of(1).usd);
  EXPECT_EQ(with_cores(0, 60).usd, e.of(0).usd);
}

TEST(Tariffs, ByTheCallAnHourOfACoreCostsItsMemory) {
  // Lambda's 1769 MiB a core at 0.06 USD a GiB-h: a function that holds next to nothing pays that
  // for every hour in which it runs, whatever share of it computes.
  Example e;
  e.tariffs[1].gib_hour_usd = 0.06;
  e.tariffs[1].step_mib = 1;
  const double hours = 120.2 / 3600;
  const Bill b =
      bill(e.tariffs[1], 1, e.function, e.use.functions[0], e.use.span_us, 20, 0.5, 1769);
  EXPECT_NEAR(b.usd, hours * 1769 / 1024 * 0.06, 1e-9);
}

TEST(Tariffs, CpuTimeAndCallsHaveTheirPrice) {
  Example e;
  e.tariffs[2].gib_hour_usd = 0;
  e.tariffs[2].cpu_hour_usd = 3600;
  e.tariffs[2].million_calls_usd = 1e6;
  EXPECT_NEAR(e.of(2).usd, 120.15 / 2 + 3, 1e-6);
}

TEST(Tariffs, ResizingStrandsWhatIsNotUsed) {
  const Example e;
  const auto stranded = [&e](int minutes) {
    return stranded_by_resizing(e.function, e.use.functions[0], e.use.span_us, minutes);
  };
  EXPECT_NEAR(stranded(0), 100 * (2 * 300 - 120.15), 1e-6);
  EXPECT_NEAR(stranded(1), 100 * (60 * (2 + 1 + 0 + 0 + 1) - 120.15), 1e-6);
  // Two windows of two minutes and one of one: 2, 0, 1 at once at most.
  EXPECT_NEAR(stranded(2), 100 * (2 * 120 + 0 + 60 - 120.15), 1e-6);
}

TEST(Tariffs, TheFileIsReadAndItsMistakesAreNamed) {
  Issues issues;
  const auto tariffs = read_tariffs("workloads/tariffs.csv", issues);
  EXPECT_EQ(printed(issues), "");
  EXPECT_GE(tariffs.size(), 6U);
  const Folder folder;
  const auto file =
      folder.write("t.csv",
                   "id,kind,least_mib,step_mib,round_us,mib_a_core,gib_hour_usd,cpu_hour_usd,"
                   "million_calls_usd,title,from\na,call,1,0,1,0,1,0,0,t,f\n"
                   "b,cal,1,1,1,0,1,0,0,t,f\n");
  read_tariffs(file, issues);
  const std::string said = printed(issues);
  EXPECT_NE(said.find("t.csv:2:1: step_mib and round_us must be above 0"), std::string::npos);
  EXPECT_NE(said.find("t.csv:3:1: kind: 'cal' is none; did you mean 'call'?"), std::string::npos);
}

TEST(BreakEven, AtItsDutyBothBillsAreEqual) {
  // 100 days of whole hours, calls of 150 ms one after the other; sizes and times are rounded.
  constexpr std::int64_t kSpan = 100 * 24 * 3600 * kS, kCall = 150'000;
  Tariff always = tariff(Tariff::Kind::always, 128, 64, 3600 * kS);
  always.gib_hour_usd = 0.012;
  for (const Tariff::Kind kind : {Tariff::Kind::call, Tariff::Kind::cpu}) {
    Tariff use = tariff(kind, 128, 1, 100'000);
    use.gib_hour_usd = 0.06;
    use.cpu_hour_usd = 0.12;
    use.million_calls_usd = 0.2;
    const double duty = break_even_duty(use, always, 100, kCall, 50, 0.5);
    ASSERT_GT(duty, 0);
    ASSERT_LT(duty, 1);
    FunctionUse used;
    used.calls = static_cast<std::uint64_t>(duty * static_cast<double>(kSpan / kCall));
    const auto calls = static_cast<std::int64_t>(used.calls);
    used.busy_us = calls * kCall;
    used.billed_us = {calls * 3600 * kS, calls * 200'000};
    used.most_at_once = {1};
    const FunctionSpec function{"f", "", 100};
    const double server = bill(always, 0, function, used, kSpan, 50, 0.5).usd;
    const double by_use = bill(use, 1, function, used, kSpan, 50, 0.5).usd;
    EXPECT_NEAR(by_use / server, 1, 1e-6);
  }
}

}  // namespace
}  // namespace strata
