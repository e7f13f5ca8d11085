// Is the carbon of a fleet the sum over hours of what it drew and what that hour's power cost? By
// hand: energy is watts times hours, and a busy core draws its share of what is between idle and
// busy.

#include <gtest/gtest.h>

#include <map>

#include "models/fleet/carbon.h"
#include "models/fleet/faas.h"
#include "models/fleet/fleet_numbers.h"
#include "models/fleet/keep_alives.h"
#include "models/fleet/policies.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

constexpr std::int64_t kSecond = 1'000'000, kHour = 3600 * kSecond;
constexpr double kIdle = 100, kBusy = 300, kPue = 1.5, kConstant = 400;

/// Hosts of four cores; a start takes 100 ms and no core.
Surface surface() {
  Surface s;
  s.boot = BootSurface({1, 2}, {0}, {{{100e6}}, {{100e6}}});
  s.memory.first = s.memory.marginal = 1 << 20;
  s.host_memory = std::int64_t{1} << 30;
  s.host_cores = 4;
  return s;
}

CostFile costs() {
  CostFile out;
  for (const CostKey& known : cost_keys()) out.numbers[known.key].value = {1};
  const std::map<std::string, double> ours = {{"idle_watts", kIdle},
                                              {"busy_watts", kBusy},
                                              {"pue", kPue},
                                              {"kwh_gco2", kConstant},
                                              {"embodied_kg", 0}};
  for (const auto& [key, value] : ours) out.numbers[key].value = {value};
  for (auto& [key, number] : out.numbers) number.id = key, number.low = number.high = number.value;
  return out;
}

/// A fleet that computes on one core in the first half of hours 0 and 2, and has nothing to do in
/// hour 1: hosts needed and kg in all.
struct Played {
  double hosts = 0, kg = 0;
};

Played play(const CarbonHours& carbon) {
  const Surface s = surface();
  const FaasSetup setup{&s, 1, first_fit(), keep_none(), 0, 1, 1, 1};
  Faas faas({{"f", "", 1}}, setup);
  faas.call({0, kHour / 2, 0});
  faas.call({2 * kHour, kHour / 2, 0});
  const FaasTotals totals = faas.finish();
  Played out;
  for (const FleetNumber& n : fleet_numbers(totals, setup, s, costs(), {1, 0}, carbon)) {
    if (n.metric == "fleet.hosts_needed") out.hosts = n.value;
    if (n.metric == "carbon.million_calls" && n.statistic == "value")
      out.kg = n.value * static_cast<double>(totals.ended) / 1e6;
  }
  return out;
}

TEST(FleetCarbon, AConstantTraceIsTheConstant) {
  const Played constant = play({}), traced = play(CarbonHours(3, kConstant));
  EXPECT_GT(constant.kg, 0);
  EXPECT_NEAR(traced.kg, constant.kg, 1e-12 * constant.kg);
}

TEST(FleetCarbon, WhereIdleHoursAreCleanOnlyBusyHoursCount) {
  const Played played = play({kConstant, 0, kConstant});
  ASSERT_GT(played.hosts, 0);
  // A core of four for an hour in all, and all hosts idling for an hour and a half; seconds are
  // sampled whole, and starts take 0.1 s.
  const double kwh = (played.hosts * kIdle * 1.5 + (kBusy - kIdle) / 4) / 1000 * kPue;
  EXPECT_NEAR(played.kg, kwh * kConstant / 1000, 1e-3 * played.kg);
}

TEST(FleetCarbon, AnIdleHourHasTheIdlePowersCarbonAndNoOther) {
  const Played played = play({0, kConstant, 0});
  EXPECT_NEAR(played.kg, played.hosts * kIdle / 1000 * kPue * kConstant / 1000, 1e-9 * played.kg);
}

TEST(FleetCarbon, AFleetThatRunsBeyondTheTraceIsRefused) {
  EXPECT_THROW(play(CarbonHours(2, kConstant)), std::invalid_argument);
}

TEST(FleetCarbon, ReadsAZoneFromAnHourOn) {
  const Folder folder;
  const auto file = folder.write("c.csv", "unix_s,DE,FR\n3600,1,10\n7200,2,20\n10800,3,30\n");
  Issues issues;
  EXPECT_EQ(read_carbon(file, "FR", {}, issues), (CarbonHours{10, 20, 30}));
  EXPECT_EQ(read_carbon(file, "DE", 7200, issues), (CarbonHours{2, 3}));
  EXPECT_EQ(read_carbon(folder.write("one.csv", "unix_s,DE\n0,5\n"), "", {}, issues),
            (CarbonHours{5}));
  EXPECT_TRUE(issues.empty()) << printed(issues);
}

TEST(FleetCarbon, SaysWhereAFileIsWrongAndWhatIsKnown) {
  const Folder folder;
  const auto said = [&](const std::string& text, const std::string& zone,
                        std::optional<std::int64_t> from = {}) {
    Issues issues;
    EXPECT_TRUE(read_carbon(folder.write("c.csv", text), zone, from, issues).empty());
    return printed(issues);
  };
  const auto holds = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  holds(said("unix_s,DE,FR\n0,1,2\n", "GB"), "c.csv:1:1: has no zone 'GB'");
  holds(said("unix_s,DE,FR\n0,1,2\n", ""),
        "has several zones, of which one must be named; known: DE, FR");
  holds(said("unix_s,DE\n0,1\n3600,\n", ""), "c.csv:3:1: DE: '' is no number from 0 on");
  holds(said("unix_s,DE\n0,1\n7200,1\n", ""), "c.csv:3:1: unix_s: '7200' is not an hour after");
  holds(said("unix_s,DE\n0,1\n3600,1\n", "", 5),
        "no hour begins at 5; known: every 3600 s from 0 to 3600");
  holds(said("hour,DE\n0,1\n", ""), "unix_s");
  holds(said("unix_s,DE\n", ""), "holds no hour");
}

}  // namespace
}  // namespace strata
