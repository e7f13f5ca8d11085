// Does a program's time follow from its counts, and do neighbours, colours and page sizes do to it
// what they do in hardware?

#include "models/layers/program_time.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/written.h"

namespace strata {
namespace {

template <class T>
Sourced<T> exactly(double value) {
  Sourced<T> n;
  n.value = n.low = n.high = T{value};
  return n;
}

/// 1 GHz and one cycle an instruction: an instruction is a ns. A cache of 1,024 lines.
MachineFile machine() {
  MachineFile m;
  m.clock = exactly<Frequency>(1e9);
  m.memory_path = MemoryPath{exactly<Ratio>(1),      exactly<Bytes>(65536),  exactly<Ratio>(16),
                             exactly<Duration>(10),  exactly<Duration>(100), exactly<Duration>(120),
                             exactly<Duration>(300), exactly<Ratio>(0.5)};
  return m;
}

Program program() {
  Program p;
  p.instructions = 100000;
  // 100 accesses: 40 lines are used again soon, 40 after 2^14 to 2^15 instructions, 20 never
  // before.
  p.single = {100, 20, 50, {40, 40, 20}};
  p.streamed = {200, 100, 100, {100, 0, 100}};
  p.walks_over_large = 10;
  p.walks_over_small = 30;
  p.fetches_over_large = 2;
  p.fetches_over_small = 40;
  return p;
}

Translation pages(double bytes, double share = 1) {
  return {exactly<Bytes>(bytes), exactly<Ratio>(share)};
}

Neighbours sweeping(double bytes, double line) {
  return {exactly<Ratio>(2), exactly<Bytes>(bytes), exactly<Duration>(line)};
}

double time(const Partition& partition) {
  return program_time(program(), 1, machine(), partition, Draws{}).total();
}

// 100,000 of work; 100 x 10 and, half hidden, 200 x 10 at the cache; 20 and half of 100 x 100
// beyond.
constexpr double kAlone = 100000 + 1000 + 1000 + 2000 + 5000;

TEST(ProgramTime, OfARunAloneIsItsCountsTimesTheirPrices) { EXPECT_DOUBLE_EQ(time({}), kAlone); }

TEST(ProgramTime, ASecondTranslationAddsItsOwnFetchesAndSmallPagesMoreWalks) {
  const Translation large = pages(2097152), small = pages(4096);
  // Each fetch goes to memory as often as a single access does: one in five.
  const double fetch = 10 + 0.2 * 100;
  EXPECT_DOUBLE_EQ(time({&large, nullptr}), kAlone + 2 * fetch);
  EXPECT_DOUBLE_EQ(time({&small, nullptr}), kAlone + (20 + 40) * fetch);
}

TEST(ProgramTime, NeighboursEvictWhatIsNotUsedWhileAllTouchAsManyLinesAsTheCacheHolds) {
  // Memory takes as long beside any neighbours here, and nobody waits for what is streamed.
  MachineFile m = machine();
  m.memory_path->spilling = m.memory_path->beside;
  m.memory_path->streamed = exactly<Ratio>(0);
  const auto beside = [&](double line) {
    const Neighbours n = sweeping(65536, line);
    return program_time(program(), 1, m, {nullptr, &n}, Draws{});
  };
  // 1,024 lines at one in 8 ns: before the program has run half of the first bin, so all is gone.
  EXPECT_DOUBLE_EQ(beside(16).memory, 100 * 120);
  // At one in 14 ns, of the first bin's 40 some stay. The last use they outlive, x, is when the
  // lines of all are the cache's: of the program's 300 accesses those older, 140 in the first bin.
  const ProgramTime t = beside(28);
  const double x = 16384 / std::exp2((t.memory / 120 - 60) / 40);
  EXPECT_GT(x, 8192);
  EXPECT_LT(x, 16384);
  const double first = x * std::log2(16384 / x) + (x - 8192) / std::log(2);
  const double theirs = x * t.total() / 100000 / 14;
  EXPECT_NEAR(theirs + (160 * x + 140 * first) / 100000, 1024, 0.01);
}

TEST(ProgramTime, ColoursKeepAGuestsLinesAndLeaveLessRoomWhileMemoryStaysEverybodys) {
  const Translation half = pages(2097152, 0.5);
  const Neighbours n = sweeping(65536, 40);  // twice what is left to them
  const double fetch = 10 + 0.5 * 300;
  EXPECT_DOUBLE_EQ(time({&half, &n}), 102000 + 50 * 300 + 0.5 * 100 * 300 + 2 * fetch);
}

TEST(ProgramTime, QuickNeighboursEvictMoreThanSlowOnes) {
  double before = 1e300;
  for (const double line : {1.0, 10.0, 30.0, 50.0, 1000.0}) {
    const Neighbours n = sweeping(65536, line);
    const double now = time({nullptr, &n});
    EXPECT_LE(now, before) << line;
    before = now;
  }
  // However slow, they are there: memory takes longer.
  EXPECT_GT(before, 102000 + 20 * 120 + 0.5 * 100 * 120);
  EXPECT_LT(before, 102000 + 20 * 300 + 0.5 * 100 * 300);
}

TEST(ProgramTime, AWorkloadOfProgramsIsReadAndItsMistakesAreNamed) {
  const std::string good = R"(title = "One program"
unit = "run"
counts = { value = 1, from = "measured: lab" }
[programs.sort]
instructions = 1000
single = [10, 2, 3]
single_by = [5, 5]
streamed = [4, 1, 1]
streamed_by = [4, 0]
walks = [1, 2]
fetches = [0, 3]
)";
  Issues issues;
  const auto read = [&](const std::string& text) {
    issues.clear();
    return read_workload(*tree(text, issues), "w", issues);
  };
  const WorkloadFile w = read(good);
  EXPECT_EQ(printed(issues), "");
  ASSERT_EQ(w.programs.size(), 1U);
  EXPECT_EQ(w.programs[0].name, "sort");
  EXPECT_EQ(w.programs[0].single.missed_in_half, 3);
  EXPECT_EQ(w.programs[0].fetches_over_small, 3);
  read(good.substr(0, good.find("walks")));
  EXPECT_TRUE(mentions(issues, "walks: must be two counts: over large pages and over small ones"));
  read("title = \"t\"\nunit = \"run\"\n");
  EXPECT_TRUE(mentions(issues, "ops: is missing"));
}

}  // namespace
}  // namespace strata
