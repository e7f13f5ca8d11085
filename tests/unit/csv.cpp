// Is a CSV file read field by field, and does what is written read back the same?

#include "models/study/csv.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "models/study/record.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

CsvTable read(const std::string& text, Issues& issues,
              const std::vector<std::string>& needed = {}) {
  const Folder folder;
  return read_csv(folder.write("t.csv", text), "t.csv", needed, issues);
}

using Row = std::vector<std::string>;

TEST(Csv, ReadsQuotedFieldsWithCommasQuotesAndLineEnds) {
  Issues issues;
  const CsvTable table = read("a,b\n\"x, y\",\"say \"\"so\"\"\"\n\"two\nlines\",\n", issues, {"a"});
  EXPECT_EQ(printed(issues), "");
  EXPECT_EQ(table.header, (Row{"a", "b"}));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0], (Row{"x, y", "say \"so\""}));
  EXPECT_EQ(table.rows[1], (Row{"two\nlines", ""}));
  EXPECT_EQ(table.column("b"), 1);
  EXPECT_EQ(table.column("c"), -1);
}

TEST(Csv, ReadsTheLastLineWithoutALineEnd) {
  Issues issues;
  EXPECT_EQ(read("a,b\n1,2", issues).rows, (std::vector<Row>{{"1", "2"}}));
  EXPECT_EQ(read("a,b\r\n1,2\r\n", issues).rows, (std::vector<Row>{{"1", "2"}}));
  EXPECT_EQ(printed(issues), "");
}

TEST(Csv, ALineOfAnotherLengthIsNamedAndNothingIsKept) {
  Issues issues;
  EXPECT_TRUE(read("a,b\n1,2\n1\n1,2,3\n", issues).rows.empty());
  EXPECT_EQ(
      printed(issues),
      "t.csv:3:1: has 1 fields, the header has 2\nt.csv:4:1: has 3 fields, the header has 2\n");
}

TEST(Csv, AMissingColumnIsNamed) {
  Issues issues;
  EXPECT_TRUE(read("a,vlue\n1,2\n", issues, {"a", "value"}).rows.empty());
  EXPECT_EQ(
      printed(issues),
      "t.csv:1:1: value: is missing among the columns; did you mean 'vlue'?; known: a, vlue\n");
}

TEST(Csv, AnEmptyFileAFolderAndNoFileAreMistakes) {
  Issues issues;
  const Folder folder;
  EXPECT_TRUE(read("", issues).header.empty());
  read_csv(folder.path(), "folder", {}, issues);
  read_csv(folder.path() / "none", "none", {}, issues);
  EXPECT_EQ(
      printed(issues),
      "folder: cannot be read\nnone: cannot be read\nt.csv: is empty: it needs a header line\n");
}

TEST(Csv, AnOpenQuoteIsAMistake) {
  Issues issues;
  EXPECT_TRUE(read("a,b\n1,\"2\n", issues).rows.empty());
  EXPECT_EQ(issues.size(), 1U);
  EXPECT_EQ(issues[0].place.file, "t.csv");
}

TEST(Csv, RecordsReadBackAsTheyWereWritten) {
  Record r;
  r.scenario = "a, b";
  r.stack = "say \"so\"";
  r.workload = " padded ";
  r.machine = "two\nlines";
  r.era = 2020;
  r.accel = "kvm-vmx";
  r.parallel = 10;
  r.burst = 2;
  r.instances = 3;
  r.trial = 4;
  r.seed = std::numeric_limits<std::uint64_t>::max();
  r.metric = "boot.total";
  r.statistic = "p99";
  r.value = 0.1 + 0.2;  // needs 17 digits
  r.unit = "ms";
  r.source = "fc20-0001";
  r.outcome = "out of memory, \"host\"";
  std::ostringstream out;
  write_csv(out, {r, Record{}});
  Issues issues;
  const CsvTable table = read(out.str(), issues);
  ASSERT_EQ(printed(issues), "");
  ASSERT_EQ(table.rows.size(), 2U);
  const auto at = [&](const char* column) {
    return table.rows[0].at(static_cast<std::size_t>(table.column(column)));
  };
  EXPECT_EQ(at("scenario"), r.scenario);
  EXPECT_EQ(at("stack"), r.stack);
  EXPECT_EQ(at("workload"), r.workload);
  EXPECT_EQ(at("machine"), r.machine);
  EXPECT_EQ(at("era"), "2020");
  EXPECT_EQ(at("accel"), "kvm-vmx");
  EXPECT_EQ(at("clock"), "wall");
  EXPECT_EQ(at("parallel"), "10");
  EXPECT_EQ(at("burst"), "2");
  EXPECT_EQ(at("instances"), "3");
  EXPECT_EQ(at("trial"), "4");
  EXPECT_EQ(at("seed"), "18446744073709551615");
  EXPECT_EQ(at("metric"), "boot.total");
  EXPECT_EQ(at("statistic"), "p99");
  EXPECT_EQ(std::stod(at("value")), r.value);
  EXPECT_EQ(at("unit"), "ms");
  EXPECT_EQ(at("origin"), "simulated");
  EXPECT_EQ(at("source"), "fc20-0001");
  EXPECT_EQ(at("outcome"), r.outcome);
}

TEST(Csv, ARecordWithoutAValueHasAnEmptyField) {
  Record r;
  r.value = std::numeric_limits<double>::quiet_NaN();
  std::ostringstream out;
  write_csv(out, {r});
  EXPECT_NE(out.str().find(",,,,simulated,"), std::string::npos)
      << out.str();  // statistic, value, unit empty
}

}  // namespace
}  // namespace strata
