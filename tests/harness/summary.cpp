#include "real-harness/measuring/summary.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "real-harness/measuring/recorded.h"
#include "real-harness/measuring/repeatability.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

Record row(const std::string& stack, double value, const std::string& outcome = "ok") {
  Record r;
  r.stack = stack;
  r.machine = "here";
  r.accel = "native";
  r.metric = "syscall.latency";
  r.statistic = "value";
  r.unit = "ns";
  r.value = value;
  r.origin = "measured";
  r.outcome = outcome;
  return r;
}

TEST(Cells, CountTheQuietSamplesWhenThereAreEnough) {
  const auto cell = cells_of({row("a", 9, "warm-up"), row("a", 1), row("a", 2), row("a", 3),
                              row("a", 100, "disturbed"), row("a", 0, "timeout")})[0];
  EXPECT_EQ(cell.values, (std::vector<double>{1, 2, 3}));
  EXPECT_FALSE(cell.disturbed);
  EXPECT_EQ(cell.disturbed_samples, 1);
  EXPECT_EQ(cell.failed, 1);
  EXPECT_EQ(cell.failure, "timeout");
  EXPECT_EQ(cell.median->median, 2);
}

TEST(Cells, CountAllSamplesAndSaySoWhenTooFewAreQuiet) {
  const auto few = cells_of({row("a", 1), row("a", 2), row("a", 30, "disturbed")})[0];
  EXPECT_TRUE(few.disturbed);
  EXPECT_EQ(few.values.size(), 3u);
  std::vector<Record> rows = {row("a", 1), row("a", 2), row("a", 3)};
  for (int i = 0; i < 4; ++i) rows.push_back(row("a", 30, "disturbed"));
  EXPECT_TRUE(cells_of(rows)[0].disturbed);  // fewer than half
  // Few samples that nothing disturbed are few, not disturbed.
  EXPECT_FALSE(cells_of({row("a", 1)})[0].disturbed);
}

TEST(Cells, HaveNoMedianWithoutAValue) {
  EXPECT_FALSE(cells_of({row("a", 0, "timeout")})[0].median);
}

TEST(Compare, AStackWithTheBaseline) {
  const auto c = compare(cells_of({row("a", 10), row("b", 30), row("b", 30)}), "a");
  ASSERT_EQ(c.size(), 1u);
  EXPECT_EQ(c[0].stack, "b");
  EXPECT_EQ(c[0].ratio->ratio, 3);
}

TEST(Compare, NeverAcrossAccelerationOrClock) {
  for (std::string Record::*part : {&Record::accel, &Record::clock}) {
    Record other = row("b", 30);
    other.*part = "another";
    const auto c = compare(cells_of({row("a", 10), other}), "a");
    EXPECT_FALSE(c[0].comparable);
    EXPECT_FALSE(c[0].ratio);
  }
}

std::vector<MeasuredCell> run_of(double value, bool disturbed) {
  std::vector<Record> rows;
  for (int i = 0; i < 5; ++i) rows.push_back(row("a", value + i, disturbed ? "disturbed" : "ok"));
  return cells_of(rows);
}

TEST(Repeatability, IsEquivalenceOfEveryCell) {
  EXPECT_EQ(decide(repeated({run_of(100, false), run_of(101, false), run_of(102, false)})),
            Repeatability::yes);
  EXPECT_EQ(decide(repeated({run_of(100, false), run_of(150, false), run_of(102, false)})),
            Repeatability::no);
}

TEST(Repeatability, CannotBeSaidOfADisturbedMachine) {
  EXPECT_EQ(decide(repeated({run_of(100, false), run_of(150, true), run_of(102, false)})),
            Repeatability::machine_disturbed);
}

TEST(Repeatability, ExcusesAFewCellsThatWereMarked) {
  std::vector<RepeatedCell> cells(5);
  for (RepeatedCell& cell : cells) cell.equivalence.equivalent = true;
  cells[0].equivalence.equivalent = false;
  EXPECT_EQ(decide(cells), Repeatability::no);
  cells[0].disturbed = true;
  EXPECT_EQ(decide(cells), Repeatability::yes);
  cells[1].disturbed = true;
  EXPECT_EQ(decide(cells), Repeatability::machine_disturbed);
}

TEST(Repeatability, NeedsEveryCellInEveryRun) {
  const auto cells = repeated({run_of(100, false), cells_of({row("b", 1)})});
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_FALSE(cells[0].holds());
  EXPECT_EQ(decide(cells), Repeatability::no);
}

class RecordedSet : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "strata-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    write("host.json", R"({"machine": "here",
                           "cells": [{"stack": "a", "metric": "m", "stopped": "cap"}]})");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const char* name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  void write_rows(const std::vector<Record>& records) {
    std::ostringstream text;
    write_csv(text, records);
    write("rows.csv", text.str());
  }
  std::string wrong() {
    Issues issues;
    EXPECT_TRUE(read_recorded(folder_, issues).records.empty());
    EXPECT_FALSE(issues.empty());
    return issues.empty() ? "" : print(issues[0]);
  }
  fs::path folder_;
};

TEST_F(RecordedSet, ComesBackAsItWasWritten) {
  std::vector<Record> rows = {row("a", 0.1), row("b", 1e-9, "failed: it said \"no\", twice"),
                              row("c", 123456789.125, "warm-up")};
  rows[1].seed = 18446744073709551615U;
  rows[2].trial = 7;
  write_rows(rows);
  Issues issues;
  const Recorded found = read_recorded(folder_, issues);
  ASSERT_TRUE(issues.empty()) << print(issues[0]);
  std::ostringstream before, after;
  write_csv(before, rows);
  write_csv(after, found.records);
  EXPECT_EQ(before.str(), after.str());
  EXPECT_EQ(found.records[1].outcome, rows[1].outcome);
  EXPECT_EQ(stopped_of(found, "a", "m"), "cap");
  EXPECT_EQ(stopped_of(found, "a", "other"), "");
}

TEST_F(RecordedSet, SaysWhereItIsWrong) {
  EXPECT_NE(wrong().find("rows.csv: cannot be read"), std::string::npos);
  write_rows({});
  EXPECT_NE(wrong().find("no row follows the header"), std::string::npos);
  Record simulated = row("a", 1);
  simulated.origin = "simulated";
  write_rows({row("a", 1), simulated});
  EXPECT_NE(wrong().find("rows.csv:3:1: origin: is 'simulated', not measured"), std::string::npos);
  write_rows({row("a", 1)});
  write("host.json", "{}");
  EXPECT_NE(wrong().find("host.json: is not what strata measure writes"), std::string::npos);
  fs::remove(folder_ / "host.json");
  EXPECT_NE(wrong().find("host.json: cannot be read"), std::string::npos);
  std::ifstream in(folder_ / "rows.csv");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  text.replace(text.find(",1,ns"), 2, ",one");
  write("rows.csv", text);
  EXPECT_NE(wrong().find("rows.csv:2:1: value: 'one' is no number"), std::string::npos);
}

}  // namespace
}  // namespace strata
