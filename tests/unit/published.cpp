// Are published rows read, converted and held against the metrics the mapping names?

#include "models/study/published.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/written.h"

namespace strata {
namespace {

PublishedRow value(double number, const std::string& unit) {
  PublishedRow row;
  row.value = number;
  row.unit = unit;
  return row;
}

TEST(Published, AValueIsConvertedToTheUnitOfOurRecords) {
  EXPECT_DOUBLE_EQ(in_unit(value(160.851, "ms"), "ms"), 160.851);
  EXPECT_DOUBLE_EQ(in_unit(value(2, "s"), "ms"), 2000);
  EXPECT_DOUBLE_EQ(in_unit(value(500, "us"), "ms"), 0.5);
  EXPECT_DOUBLE_EQ(in_unit(value(1, "GiB"), "MiB"), 1024);
  EXPECT_DOUBLE_EQ(in_unit(value(1, "MB"), "MiB"), 1e6 / 1048576);
  EXPECT_DOUBLE_EQ(in_unit(value(2048, "KB"), "MiB"), 2);  // papers write KB for 1024 bytes
  EXPECT_DOUBLE_EQ(in_unit(value(3, "kreq/s"), "/s"), 3000);
  EXPECT_DOUBLE_EQ(in_unit(value(3, "Mreq/s"), "/s"), 3e6);
  EXPECT_DOUBLE_EQ(in_unit(value(50, "%"), "1"), 0.5);
}

TEST(Published, UnitsThatDifferInKindConvertToNothing) {
  EXPECT_TRUE(std::isnan(in_unit(value(1, "MB"), "ms")));
  EXPECT_TRUE(std::isnan(in_unit(value(1, "parsecs"), "ms")));
  EXPECT_TRUE(std::isnan(in_unit(value(1, "ms"), "")));
  EXPECT_TRUE(std::isnan(in_unit(value(1, "ms"), "1")));
  EXPECT_TRUE(std::isnan(in_unit(value(std::numeric_limits<double>::quiet_NaN(), "ms"), "ms")));
}

const std::string kHeader =
    "id,stack,vmm,hardware,workload,metric,value,unit,statistic,source,where,table,role\n";

TEST(Published, RowsSourcesAndMappingAreRead) {
  const Folder folder;
  folder.write("T1.csv", kHeader +
                             "a-1,s,v,h,w,boot,12.5,ms,median,A paper,figure 1,T1,validation\n"
                             "a-2,s,v,h,w,boot,8-15,ms,range,A paper,figure 2,T1,calibration\n");
  folder.write("sources.toml", "[a]\ntitle = \"A paper\"\nyear = 2020\nwhere = \"a journal\"\n");
  folder.write("mapping.toml",
               "[[row]]\nid = \"a-1\"\nstack = \"s\"\nmachine = \"m\"\nmetric = \"boot.total\"\n"
               "statistic = \"median\"\nparallel = 4\n");
  Issues issues;
  const Published published = read_published(folder.path(), "p", issues);
  EXPECT_EQ(printed(issues), "");
  ASSERT_EQ(published.rows.size(), 2U);
  EXPECT_EQ(published.rows.at("a-1").value, 12.5);
  EXPECT_EQ(published.rows.at("a-1").role, "validation");
  EXPECT_EQ(published.rows.at("a-1").where, "figure 1");
  EXPECT_TRUE(std::isnan(published.rows.at("a-2").value));
  EXPECT_EQ(published.sources.at("a"), "A paper (2020)");
  ASSERT_EQ(published.comparisons.size(), 1U);
  EXPECT_EQ(published.comparisons[0].metric, "boot.total");
  EXPECT_EQ(published.comparisons[0].parallel, 4);
}

TEST(Published, ARowThatStandsTwiceAndAMappingToNoRowAreMistakes) {
  const Folder folder;
  const std::string row = "a-1,s,v,h,w,boot,12.5,ms,median,A paper,figure 1,T1,validation\n";
  folder.write("T1.csv", kHeader + row);
  folder.write("T2.csv", kHeader + row);
  folder.write("mapping.toml",
               "[[row]]\nid = \"a-3\"\nstack = \"s\"\nmachine = \"m\"\nmetric = "
               "\"boot.total\"\nstatistic = \"median\"\n");
  Issues issues;
  read_published(folder.path(), "p", issues);
  EXPECT_EQ(printed(issues),
            "p/T2.csv:2:1: id: 'a-1' stands twice\np/mapping.toml:2:1: row.id: 'a-3' is no "
            "published row\n");
}

/// Three rows, one of them to be predicted, and the files given beside them.
std::string read_with(const std::string& name, const std::string& text, Published& published) {
  const Folder folder;
  folder.write("T1.csv", kHeader +
                             "a-1,s,v,h,w,call,50,ns,mean,A paper,1,T1,calibration\n"
                             "b-1,s,v,h,w,call,90,cycles,mean,B paper,1,T1,calibration\n"
                             "b-2,s,v,h,w,call,80,cycles,mean,B paper,1,T1,context\n"
                             "c-1,s,v,h,w,call,80,cycles,mean,C paper,1,T1,validation\n");
  folder.write(name, text);
  Issues issues;
  published = read_published(folder.path(), "p", issues);
  return printed(issues);
}

TEST(Published, RepeatedQuantitiesAreReadWithTheirClocks) {
  Published p;
  EXPECT_EQ(read_with("repeated.toml",
                      "[[quantity]]\nwhat = \"call\"\nkind = \"operation\"\n"
                      "rows = [{ id = \"a-1\", clock = \"2 GHz\" }, { id = \"b-1\" }]\n",
                      p),
            "");
  ASSERT_EQ(p.repeated.size(), 1U);
  EXPECT_EQ(p.repeated[0].rows[0].clock, 2e9);
}

TEST(Published, ARepeatedQuantityLearnsFromNoRowThatIsPredicted) {
  const auto found = [](const std::string& rows) {
    Published p;
    return read_with("repeated.toml",
                     "[[quantity]]\nwhat = \"call\"\nkind = \"operation\"\nrows = [" + rows + "]\n",
                     p);
  };
  EXPECT_NE(found("{ id = \"a-1\" }, { id = \"c-1\" }").find("role validation"), std::string::npos);
  EXPECT_NE(found("{ id = \"b-1\" }, { id = \"b-2\" }").find("second row of one paper"),
            std::string::npos);
  EXPECT_NE(found("{ id = \"b-1\" }").find("two or more"), std::string::npos);
  EXPECT_NE(found("{ id = \"a-1\" }, { id = \"z-1\" }").find("no published row"),
            std::string::npos);
  EXPECT_NE(found("{ id = \"a-1\", clock = \"2 ms\" }, { id = \"b-1\" }").find("2.5 GHz"),
            std::string::npos);
}

TEST(Published, ASourceThatContinuesAnotherIsNoPaperOfItsOwn) {
  Published p;
  EXPECT_EQ(read_with("continued.toml", "[b]\ncontinues = \"a\"\nwhy = \"the same\"\n", p), "");
  EXPECT_EQ(p.rows.at("b-2").paper, "a");
  EXPECT_EQ(p.rows.at("c-1").paper, "c");
  EXPECT_NE(read_with("continued.toml", "[b]\ncontinues = \"z\"\nwhy = \"the same\"\n", p)
                .find("'z' has no published row"),
            std::string::npos);
}

}  // namespace
}  // namespace strata
