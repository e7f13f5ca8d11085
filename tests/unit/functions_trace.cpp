// Does the reader of Azure Functions 2019 give every call that the files count, in its minute, with
// durations that keep the stated average and percentiles?

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "models/cli/plugins.h"
#include "models/study/catalog.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

InvocationReader reader() {
  Catalog catalog;
  add_workloads(catalog);
  return catalog.invocations.at("azure_functions_2019");
}

const std::string kDurations =
    "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,"
    "percentile_Average_1,percentile_Average_25,percentile_Average_50,percentile_Average_75,"
    "percentile_Average_99,percentile_Average_100\n";

/// Two applications: a has f and g, b has f. Three minutes.
void write_sample(const Folder& folder) {
  folder.write("invocations.csv",
               "HashOwner,HashApp,HashFunction,Trigger,480,481,482\n"
               "o,a,f,http,3,0,1\no,a,g,timer,0,1,0\np,b,f,queue,0,5000,0\n");
  folder.write("durations.csv", kDurations +
                                    "o,a,f,10,4,10,10,10,10,10,10,10,10,10\n"
                                    "o,a,g,5,1,5,5,5,5,5,5,5,5,5\n"
                                    "p,b,f,130,5000,0,2000,0,10,50,100,150,900,2000\n");
  folder.write("memory.csv",
               "HashFunction,HashOwner,HashApp,SampleCount,AverageAllocatedMb\n"
               "f,o,a,9,99.6\ng,o,a,9,20\nf,p,b,9,0.2\n");
}

std::vector<Invocation> all(InvocationSource& source) {
  std::vector<Invocation> out;
  for (Invocation call; source.next(call);) out.push_back(call);
  return out;
}

std::vector<Invocation> calls_of(const Folder& folder, const InvocationOptions& options = {}) {
  Issues issues;
  const auto source = reader().open(folder.path(), options, issues);
  EXPECT_EQ(printed(issues), "");
  return source ? all(*source) : std::vector<Invocation>{};
}

TEST(AzureFunctions2019, EveryCallFallsIntoItsMinute) {
  const Folder folder;
  write_sample(folder);
  std::map<std::pair<std::uint32_t, std::int64_t>, int> found;
  std::int64_t last = 0;
  for (const Invocation& call : calls_of(folder)) {
    EXPECT_GE(call.at_us, last);
    last = call.at_us;
    ++found[{call.function, call.at_us / 60'000'000}];
  }
  const std::map<std::pair<std::uint32_t, std::int64_t>, int> expected = {
      {{0, 0}, 3}, {{0, 2}, 1}, {{1, 1}, 1}, {{2, 1}, 5000}};
  EXPECT_EQ(found, expected);
}

TEST(AzureFunctions2019, MemoryIsOfTheFunctionAndAtLeastOneMiB) {
  const Folder folder;
  write_sample(folder);
  Issues issues;
  const auto source = reader().open(folder.path(), {}, issues);
  ASSERT_TRUE(source);
  const auto& functions = source->functions();
  ASSERT_EQ(functions.size(), 3U);
  EXPECT_EQ(functions[0].id, "a/f");
  EXPECT_EQ(functions[0].app, "a");
  EXPECT_EQ(functions[0].mib, 100U);
  EXPECT_EQ(functions[1].mib, 20U);
  EXPECT_EQ(functions[2].mib, 1U);
}

TEST(AzureFunctions2019, DurationsKeepAverageAndPercentiles) {
  const Folder folder;
  write_sample(folder);
  std::vector<double> ms;
  double sum = 0;
  for (const Invocation& call : calls_of(folder)) {
    if (call.function == 0) {
      EXPECT_EQ(call.duration_us, 10'000);
    }
    if (call.function != 2) continue;
    ms.push_back(static_cast<double>(call.duration_us) / 1000);
    sum += ms.back();
  }
  std::sort(ms.begin(), ms.end());
  const auto below = [&](double value) {
    return static_cast<double>(std::lower_bound(ms.begin(), ms.end(), value) - ms.begin()) / 5000;
  };
  // Shares below a stated percentile: four binomial deviations of n = 5000 are at most 0.028.
  EXPECT_NEAR(below(10), .01, 0.006);
  EXPECT_NEAR(below(50), .25, 0.025);
  EXPECT_NEAR(below(100), .50, 0.028);
  EXPECT_NEAR(below(150), .75, 0.025);
  EXPECT_NEAR(below(900), .99, 0.006);
  EXPECT_GE(ms.front(), 0);
  EXPECT_LT(ms.back(), 2000);
  // With v^p between percentiles the deviation of one duration is about 170 ms: four of the mean's.
  EXPECT_NEAR(sum / 5000, 130, 10);
}

TEST(AzureFunctions2019, BurstyCallsOfAMinuteFallIntoOneSecond) {
  const Folder folder;
  write_sample(folder);
  InvocationOptions bursty;
  bursty.within = WithinMinute::bursty;
  std::int64_t first = INT64_MAX, last = 0;
  for (const Invocation& call : calls_of(folder, bursty)) {
    if (call.function != 2) continue;
    first = std::min(first, call.at_us);
    last = std::max(last, call.at_us);
  }
  EXPECT_LT(last - first, 1'000'000);
  EXPECT_EQ(first / 1'000'000, last / 1'000'000);
}

TEST(AzureFunctions2019, LeavingOutTheLargestMovesNoOtherCall) {
  const Folder folder;
  write_sample(folder);
  InvocationOptions options;
  options.without_largest = true;
  std::vector<Invocation> expected;
  for (const Invocation& call : calls_of(folder))
    if (call.function != 2) expected.push_back(call);
  const auto found = calls_of(folder, options);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].at_us, expected[i].at_us);
    EXPECT_EQ(found[i].duration_us, expected[i].duration_us);
  }
}

TEST(AzureFunctions2019, TheDataSetStatesMemoryByApplicationAndMayNotKnowAFunction) {
  const Folder folder;
  folder.write("invocations_per_function_md.anon.d01.csv",
               "HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,http,1,0\no,a,g,http,0,2\n"
               "o,c,h,http,7,0\n");
  folder.write("function_durations_percentiles.anon.d01.csv",
               kDurations + "o,a,f,1,1,1,1,1,1,1,1,1,1,1\no,a,g,1,1,1,1,1,1,1,1,1,1,1\n");
  folder.write("app_memory_percentiles.anon.d01.csv",
               "HashOwner,HashApp,SampleCount,AverageAllocatedMb\no,a,9,300\no,c,9,5\n");
  Issues issues;
  const auto source = reader().open(folder.path(), {}, issues);
  ASSERT_TRUE(source) << printed(issues);
  ASSERT_EQ(source->functions().size(), 2U);
  EXPECT_EQ(source->functions()[0].mib, 150U);
  EXPECT_EQ(all(*source).size(), 3U);
  ASSERT_EQ(source->notes().size(), 1U);
  EXPECT_EQ(source->notes()[0],
            "1 of 3 functions (7 calls) are left out: the trace states no duration or no memory "
            "for them");
}

TEST(AzureFunctions2019, WhatIsWrongIsNamedWithItsLine) {
  const auto open = [](const std::string& name, const std::string& text) {
    const Folder folder;
    write_sample(folder);
    folder.write(name, text);
    Issues issues;
    EXPECT_FALSE(reader().open(folder.path(), {}, issues));
    std::string out = printed(issues);
    const std::string place = folder.path().string() + "/";
    for (auto at = out.find(place); at != std::string::npos; at = out.find(place))
      out.erase(at, place.size());
    return out;
  };
  EXPECT_EQ(open("invocations.csv", "HashApp,HashFunction,480\na,f,1\na,g,-1\n"),
            "invocations.csv:3:1: minute 480: '-1' is no number of calls\n");
  EXPECT_EQ(open("invocations.csv", "HashApp,HashFunction\na,f\n"),
            "invocations.csv:1:1: has no column of a minute (a number)\n");
  EXPECT_EQ(open("memory.csv", "HashApp,AverageAllocatedMb\na,much\n"),
            "memory.csv:2:1: AverageAllocatedMb: 'much' is no number from 0 on\n");
  Issues issues;
  EXPECT_FALSE(reader().open("nowhere", {}, issues));
  EXPECT_NE(printed(issues).find("holds no Azure Functions 2019 trace"), std::string::npos);
}

TEST(AzureFunctions2019, TheSampleOf500FunctionsHas3037902Calls) {
  const char* folder = std::getenv("STRATA_TRACES");
  if (!folder || !*folder)
    GTEST_SKIP() << "cannot run here: STRATA_TRACES names no folder of traces";
  Issues issues;
  const auto source = reader().open(folder, {}, issues);
  ASSERT_TRUE(source) << printed(issues);
  EXPECT_EQ(source->functions().size(), 500U);
  std::map<std::uint32_t, std::uint64_t> calls;
  std::uint64_t total = 0;
  for (Invocation call; source->next(call); ++total) ++calls[call.function];
  EXPECT_EQ(total, 3'037'902U);
  std::uint64_t most = 0;
  for (const auto& [f, n] : calls) most = std::max(most, n);
  EXPECT_NEAR(static_cast<double>(most) / static_cast<double>(total), 0.63, 0.005);
}

}  // namespace
}  // namespace strata
