// Is a synthetic trace like the one it stands for? Against what is published of the trace, and,
// where STRATA_TRACES names it, by the Kolmogorov-Smirnov distance between both.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "models/cli/plugins.h"
#include "models/study/catalog.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

struct Seen {
  std::vector<double> lives;                 ///< of those that ended, s
  std::vector<double> batch_sizes, batches;  ///< batches: in each five minutes
  std::map<std::pair<std::uint32_t, std::uint32_t>, double> flavours;  ///< share of machines
  double machines = 0;
};

Seen look(const std::string& id, const std::string& folder, std::uint64_t seed = 1) {
  Catalog catalog;
  add_workloads(catalog);
  Issues issues;
  VmTrace trace = catalog.vm_traces.at(id).open(folder, {seed, ""}, issues);
  EXPECT_EQ(printed(issues), "");
  Seen out;
  std::map<std::uint32_t, double> sizes;
  std::map<std::int64_t, std::map<std::uint32_t, int>> at;
  for (VmRequest vm; trace.requests && trace.requests->next(vm);) {
    // Of those that arrive in the first day and a half: whoever lives for two days is seen to end.
    if (!vm.censored && vm.at < 129'600 && vm.life <= 172'800)
      out.lives.push_back(static_cast<double>(vm.life));
    ++sizes[vm.batch];
    at[vm.at / 300][vm.batch] = 1;
    out.flavours[{trace.shapes[vm.shape].cores, trace.shapes[vm.shape].mib}] += 1;
    ++out.machines;
  }
  for (auto& [flavour, share] : out.flavours) share /= out.machines;
  for (const auto& [batch, size] : sizes) out.batch_sizes.push_back(size);
  for (const auto& [bin, batches] : at) out.batches.push_back(static_cast<double>(batches.size()));
  return out;
}

/// The largest difference between two empirical distributions.
double distance(std::vector<double> a, std::vector<double> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double most = 0;
  const auto below = [](const std::vector<double>& v, double x) {
    return static_cast<double>(std::upper_bound(v.begin(), v.end(), x) - v.begin()) /
           static_cast<double>(v.size());
  };
  for (const auto* side : {&a, &b})
    for (const double x : *side) most = std::max(most, std::abs(below(a, x) - below(b, x)));
  return most;
}

TEST(SyntheticAzureVm2017, HasTheRatesFlavoursAndLivesStatedOfTheTrace) {
  const Seen like = look("azure_vm_2017_like", "");
  // 259,159 machines in 53,109 batches, 4.88 each. That part begins at 20 h and ends at 7 h of the
  // fourth day after, so it has more nights than days; each hour alike, five minutes have 55.1
  // batches. Over 2016 of them the mean's deviation is 0.4 %, that of the sizes 1.4 %.
  const double bins = 7 * 288;
  EXPECT_NEAR(static_cast<double>(like.batch_sizes.size()) / bins, 55.1, 0.02 * 55.1);
  EXPECT_NEAR(like.machines / bins, 55.1 * 4.88, 0.05 * 55.1 * 4.88);
  // Shares of the four flavours that make 98 %: a batch is one draw, of 110,000 with up to 400
  // machines; the deviation of a share is below half a percent.
  EXPECT_NEAR(like.flavours.at({1, 1792}), 156437.0 / 259159, 0.02);
  EXPECT_NEAR(like.flavours.at({2, 3584}), 48008.0 / 259159, 0.02);
  EXPECT_NEAR(like.flavours.at({4, 7168}), 25700.0 / 259159, 0.02);
  EXPECT_NEAR(like.flavours.at({8, 14336}), 23315.0 / 259159, 0.02);
  // Quartiles of lives that ended, at the upper ends of their bins: 900, 1500 and 7200 s.
  std::vector<double> lives = like.lives;
  std::sort(lives.begin(), lives.end());
  const auto quantile = [&lives](double q) {
    return lives[static_cast<std::size_t>(q * static_cast<double>(lives.size()))];
  };
  EXPECT_EQ(quantile(.25), 900);
  EXPECT_EQ(quantile(.50), 1500);
  EXPECT_GT(quantile(.75), 3600);
  EXPECT_LE(quantile(.75), 7200);
}

TEST(SyntheticAzureVm2017, OtherSeedsGiveOtherMachines) {
  EXPECT_NE(look("azure_vm_2017_like", "", 1).machines, look("azure_vm_2017_like", "", 2).machines);
}

TEST(SyntheticAzureVm2017, IsDistributedAsTheTrace) {
  const char* folder = std::getenv("STRATA_TRACES");
  if (!folder || !*folder)
    GTEST_SKIP() << "cannot run here: STRATA_TRACES names no folder of traces";
  const Seen trace = look("azure_vm_2017", folder), like = look("azure_vm_2017_like", "");
  const double lives = distance(trace.lives, like.lives),
               sizes = distance(trace.batch_sizes, like.batch_sizes),
               batches = distance(trace.batches, like.batches);
  std::cout << "Kolmogorov-Smirnov distances: lives " << lives << ", batch sizes " << sizes
            << ", batches in five minutes " << batches << "\n";
  EXPECT_LT(lives, 0.05);
  EXPECT_LT(sizes, 0.02);
  EXPECT_LT(batches, 0.1);
}

struct Called {
  std::vector<double> averages_ms, mib, calls;
};

Called listen(const std::string& id, const std::string& folder) {
  Catalog catalog;
  add_workloads(catalog);
  Issues issues;
  const auto source = catalog.invocations.at(id).open(folder, {}, issues);
  EXPECT_EQ(printed(issues), "");
  if (!source) return {};
  std::vector<double> calls(source->functions().size()), ms(calls);
  std::int64_t last = 0;
  for (Invocation call; source->next(call);) {
    EXPECT_GE(call.at_us, last);
    last = call.at_us;
    calls[call.function] += 1;
    ms[call.function] += static_cast<double>(call.duration_us) / 1000;
  }
  Called out;
  for (std::size_t f = 0; f < calls.size(); ++f) {
    out.mib.push_back(source->functions()[f].mib);
    out.calls.push_back(calls[f]);
    if (calls[f] > 0) out.averages_ms.push_back(ms[f] / calls[f]);
  }
  return out;
}

TEST(SyntheticAzureFunctions2019, HasTheMediansOfTheSample) {
  Called like = listen("azure_functions_2019_like", "");
  const auto quantile = [](std::vector<double>& v, double q) {
    std::sort(v.begin(), v.end());
    return v[static_cast<std::size_t>(q * static_cast<double>(v.size()))];
  };
  // The sample: average durations p10 21, p50 567, p90 12079 ms; memory p50 57.5, p90 183 MB. Of
  // 500 draws a quantile moves by the share 2 sqrt(q (1 - q) / 500): 0.045 at the median, 0.027 at
  // the tenth and ninetieth, which in these log-normals is a factor of 1.3, 1.45 and 1.5.
  EXPECT_NEAR(std::log(quantile(like.averages_ms, .5) / 567), 0, std::log(1.3));
  EXPECT_NEAR(std::log(quantile(like.averages_ms, .1) / 21), 0, std::log(1.6));
  EXPECT_NEAR(std::log(quantile(like.averages_ms, .9) / 12079), 0, std::log(1.6));
  EXPECT_NEAR(std::log(quantile(like.mib, .5) / 57.5), 0, std::log(1.4));
  EXPECT_NEAR(std::log(quantile(like.mib, .9) / 183), 0, std::log(1.4));
}

TEST(SyntheticAzureFunctions2019, IsDistributedAsTheSample) {
  const char* folder = std::getenv("STRATA_TRACES");
  if (!folder || !*folder)
    GTEST_SKIP() << "cannot run here: STRATA_TRACES names no folder of traces";
  const Called sample = listen("azure_functions_2019", folder),
               like = listen("azure_functions_2019_like", "");
  const double averages = distance(sample.averages_ms, like.averages_ms),
               mib = distance(sample.mib, like.mib), calls = distance(sample.calls, like.calls);
  std::cout << "Kolmogorov-Smirnov distances: average durations " << averages << ", memory " << mib
            << ", calls " << calls << "\n";
  // Two samples of 500 of one distribution are within 0.086 in 19 of 20 cases; the fits of memory
  // and of rates add 0.09 and 0.14 of their own.
  EXPECT_LT(averages, 0.086 + 0.025);
  EXPECT_LT(mib, 0.086 + 0.092);
  EXPECT_LT(calls, 0.086 + 0.142);
}

}  // namespace
}  // namespace strata
