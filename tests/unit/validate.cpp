// Are predictions held against published rows fairly: scores as computed by hand, no row scored
// whose own experiment enters the answer, and each number what physics says where physics decides?

#include "models/calibrate/validate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/calibrate/validate_score.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

Held held(const std::string& id, double observed, double value, double low, double high) {
  Held h;
  h.id = id;
  h.paper = id.substr(0, id.rfind('-'));
  h.table = "T1";
  h.observed = observed;
  h.model.value = value;
  h.model.low = low;
  h.model.high = high;
  return h;
}

TEST(Kendall, IsConcordantLessDiscordantPairs) {
  // One of six pairs is the wrong way round: (5 - 1) / 6.
  EXPECT_DOUBLE_EQ(*kendall({1, 2, 3, 4}, {10, 30, 20, 40}), 4.0 / 6);
  EXPECT_DOUBLE_EQ(*kendall({1, 2, 3}, {3, 2, 1}), -1);
  // A tie in x: two concordant pairs of two untied in x and three in y.
  EXPECT_DOUBLE_EQ(*kendall({1, 1, 2}, {1, 2, 3}), 2 / std::sqrt(6.0));
  EXPECT_FALSE(kendall({1, 1, 1}, {1, 2, 3}));
}

TEST(Score, IsComputedByHand) {
  // Errors 0.05, 0.2 and 0.6; the third lies 2 above its interval of 4.
  const Score s =
      score({held("a-1", 100, 105, 90, 110), held("a-2", 10, 12, 9, 13), held("b-1", 10, 4, 4, 8)});
  EXPECT_EQ(s.n, 3);
  EXPECT_NEAR(s.median_error, 0.2, 1e-12);
  EXPECT_DOUBLE_EQ(s.within_10, 1.0 / 3);
  EXPECT_DOUBLE_EQ(s.within_25, 2.0 / 3);
  EXPECT_DOUBLE_EQ(s.within_50, 2.0 / 3);
  EXPECT_DOUBLE_EQ(s.coverage, 2.0 / 3);
  EXPECT_NEAR(s.width, 4.0 / 12, 1e-12);  // of 20/105, 4/12 and 4/4
  // Widths over what was observed, 0.2, 0.4 and 0.4, and 2/0.1 times 2/10 for the miss.
  EXPECT_NEAR(s.interval_score, (0.2 + 0.4 + 0.4 + 4.0) / 3, 1e-12);
}

TEST(MacroError, CountsEachPaperOnce) {
  // Paper a: errors 0.1, 0.1, 0.1; paper b: 0.5.
  const std::vector<Held> rows = {held("a-1", 10, 11, 9, 12), held("a-2", 10, 11, 9, 12),
                                  held("a-3", 10, 11, 9, 12), held("b-1", 10, 15, 9, 16)};
  const MacroError e = macro_error(rows, 1);
  EXPECT_EQ(e.papers, 2);
  EXPECT_NEAR(e.error, 0.3, 1e-12);
  EXPECT_NEAR(e.low, 0.1, 1e-12);  // both times paper a, a quarter of the draws
  EXPECT_NEAR(e.high, 0.5, 1e-12);
}

/// The project's catalog with nothing but this row of its mapping.
Catalog only(const std::string& id) {
  Catalog catalog = project();
  std::erase_if(catalog.published.comparisons, [&](const Comparison& c) { return c.id != id; });
  return catalog;
}

const DrawPlan kQuick{20, 1, 1, 1};

TEST(Validation, DropsARowWhoseOwnExperimentEntersTheAnswer) {
  Catalog catalog = only("fc20-0003");
  Validation v = validate(catalog, kQuick);
  ASSERT_EQ(v.held.size(), 1U);
  EXPECT_TRUE(v.dropped.empty());
  // Another row of the same table, named in passing by one number of the stack.
  for (BootPhase& phase : catalog.stacks.at("firecracker_linux").boot)
    phase.cpu->source.words = "cited: agache2020, beside fc20-0005";
  v = validate(catalog, kQuick);
  EXPECT_TRUE(v.held.empty());
  ASSERT_EQ(v.dropped.size(), 1U);
  EXPECT_EQ(v.dropped[0].rests_on, std::vector<std::string>{"fc20-0005"});
}

TEST(Validation, CountsEveryValidationRowOnce) {
  const Catalog catalog = only("fc20-0003");
  const Validation v = validate(catalog, kQuick);
  std::size_t rows = v.held.size() + v.dropped.size();
  for (const NotExpressed& n : v.not_expressed) rows += n.rows.size();
  EXPECT_EQ(static_cast<int>(rows), v.validation_rows);
}

// Mapped or with a reason, no third thing.
TEST(Validation, EveryRowOfTheProjectIsMappedOrHasItsReason) {
  const Published& published = project().published;
  std::string third;
  for (const auto& [id, row] : published.rows) {
    const bool mapped = std::any_of(published.comparisons.begin(), published.comparisons.end(),
                                    [&](const Comparison& c) { return c.id == id; });
    if (row.role == "validation" && mapped == published.not_expressed.contains(id))
      third += id + " ";
  }
  EXPECT_EQ(third, "");
}

// What a prediction may not rest on, the baseline may not repeat: two years on, the same benchmark
// of the same project is no other experiment.
TEST(Validation, TheNearestNumberIsOfAnotherExperiment) {
  const Published& published = project().published;
  const Validation v = validate(project(), kQuick);
  int seen = 0;
  for (const Held& row : v.held) {
    if (!row.nearest) continue;
    ++seen;
    EXPECT_NE(published.rows.at(row.nearest_row).paper, row.table == "T20" ? row.paper : "")
        << row.id << " " << row.nearest_row;
  }
  EXPECT_GT(seen, 50);
  EXPECT_EQ(published.rows.at("kata26-0018").paper, "kata24");
}

Prediction as_stated(const Question& q) { return predict({q}, {0, 0, 1, 1}).front(); }

// 128 KiB are 32 pages: where a request carries one, the guest's kernel works and the device is
// called 32 times, and the bytes are moved once.
TEST(Predict, ADeviceOfOneSegmentARequestGetsABlockPageByPage) {
  StackFile stack = project().stacks.at("firecracker_linux");
  Question q;
  q.stack = &stack;
  q.machine = &project().machines.at("m5d_metal");
  q.metric = "block_write.latency";
  q.quantile = std::nullopt;
  q.size = 128 * 1024;
  const double cut = as_stated(q).value;
  double work = 0;  // ns a request: of the guest's kernel and of the VMM's thread
  for (StackLayer& layer : stack.layers)
    if (const auto segment = layer.layer.parameters.find("block_segment");
        segment != layer.layer.parameters.end()) {
      segment->second.value = {128 * 1024.0, Dimension::bytes};
      for (const Row& row : layer.layer.rows)
        if (row.op == Op::block_write) work += row.cpu.at(Account::vmm).value.value;
    }
  for (const StackLayer& layer : stack.layers)
    if (layer.name == "guest")
      for (const Row& row : layer.layer.rows)
        if (row.op == Op::block_write) work += row.latency->value.value;
  EXPECT_NEAR(cut - as_stated(q).value, 31 * work / 1e3, 0.5);
}

// 10 Gbit/s of frames of 1,500 B, each with 24 B of preamble, check sequence and gap (IEEE 802.3).
TEST(Predict, PacketsAreBoundedByTheWire) {
  Question q;
  q.stack = &project().stacks.at("linux_dpdk_vhost_user");
  q.machine = &project().machines.at("i7_9700k");
  q.metric = "net.packets";
  q.size = 1500;
  EXPECT_NEAR(as_stated(q).value, 10e9 / 8 / 1524, 0.5);
}

// A drive behind a back end that waits for each request gains little from a deep queue.
TEST(Predict, ASynchronousBackEndServesOneBlockAtATime) {
  Question q;
  q.machine = &project().machines.at("m5d_metal");
  q.metric = "block.iops";
  const auto gain = [&](const std::string& stack) {
    q.stack = &project().stacks.at(stack);
    q.depth = 1;
    const double alone = as_stated(q).value;
    q.depth = 32;
    return as_stated(q).value / alone;
  };
  EXPECT_LT(gain("firecracker_linux"), 2);
  EXPECT_GT(gain("bare_linux"), 8);
}

double slowdown(const std::string& stack, const std::string& workload, std::optional<double> q) {
  Question question;
  question.stack = &project().stacks.at(stack);
  question.machine = &project().machines.at("zcu104");
  question.workload = &project().workloads.at(workload);
  question.metric = "compute.slowdown";
  question.quantile = q;
  const Prediction p = as_stated(question);
  EXPECT_EQ(p.lacks, "");
  return p.value;
}

// Against the plain machine: itself, then a second translation and ticks, then smaller pages.
TEST(Predict, ProgramsOfAPartitionAreSlowedByWhatItsHypervisorAdds) {
  const std::string alone = "mibench_automotive", beside = "mibench_automotive.beside";
  EXPECT_DOUBLE_EQ(slowdown("bare_linux", alone, std::nullopt), 1);
  const double bao = slowdown("bao", alone, std::nullopt);
  EXPECT_GT(bao, 1 + 250 * 690e-9);  // its ticks alone
  EXPECT_GT(slowdown("bao_small_pages", alone, std::nullopt), bao);
  EXPECT_GT(slowdown("bao", beside, std::nullopt), bao);
  EXPECT_GT(slowdown("bao", beside, 1), slowdown("bao", beside, std::nullopt));
}

// A guest's kernel text and the page cache of its image are the same in every other guest.
TEST(Predict, MergingSavesWhatGuestsOfOneImageHaveInCommon) {
  Question q;
  q.stack = &project().stacks.at("kata");
  q.machine = &project().machines.at("m5d_metal");
  const auto ask = [&](const std::string& metric) {
    q.metric = metric;
    return as_stated(q).value;
  };
  const double marginal = ask("memory.marginal"), merged = ask("memory.marginal_merged");
  EXPECT_NEAR(marginal - merged, 62.1e6 / 1048576, 1e-6);
  EXPECT_NEAR(ask("memory.merging"), 1 - merged / marginal, 1e-9);
  q.stack = &project().stacks.at("bare_linux");
  EXPECT_DOUBLE_EQ(ask("memory.marginal_merged"), ask("memory.marginal"));
}

}  // namespace
}  // namespace strata
