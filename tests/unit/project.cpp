// Are the project's own files without a mistake, and do they fit together?

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

#include "models/calibrate/predict.h"
#include "models/layers/boot.h"
#include "models/layers/graph.h"
#include "models/study/numbers.h"
#include "models/study/reader.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

TEST(Project, EveryFileIsClean) {
  for (const auto& [file, issues] : project().broken)
    ADD_FAILURE() << file << ":\n" << printed(issues);
  // Clean because read, not because the folders are elsewhere.
  EXPECT_GT(project().stacks.size(), 10U);
  EXPECT_GT(project().layers.size(), 10U);
  EXPECT_GT(project().machines.size(), 1U);
  EXPECT_GT(project().workloads.size(), 1U);
  EXPECT_GT(project().scenarios.size(), 1U);
  EXPECT_GT(project().published.rows.size(), 100U);
}

/// Calls `see` with the source and place of every sourced number of a tree.
void each_source(const Node& node, const std::function<void(const Node&, const Source&)>& see) {
  if (node.find("value") && node.find("from")) {
    Issues issues;
    const auto n = read_number(node, issues);
    ASSERT_TRUE(n) << printed(issues);
    return see(node, n->source);
  }
  if (const auto* table = node.table())
    for (const auto& member : *table) each_source(member.second, see);
  if (const auto* list = node.list())
    for (const Node& item : *list) each_source(item, see);
}

TEST(Project, EveryCitedKeyIsAPublishedRowOrAKnownSource) {
  int cited = 0;
  for (const char* folder : {"stacks", "stacks/layers", "stacks/machines", "workloads"})
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".toml") continue;
      Issues issues;
      const auto file = read_toml(entry.path(), entry.path().string(), issues);
      ASSERT_TRUE(file) << printed(issues);
      each_source(*file, [&](const Node& at, const Source& source) {
        if (source.evidence != Evidence::cited) return;
        ++cited;
        EXPECT_TRUE(project().published.rows.contains(source.key) ||
                    project().published.sources.contains(source.key))
            << at.place.file << ":" << at.place.line << ": " << source.key;
      });
    }
  EXPECT_GT(cited, 100);
  // Plug-ins have no file to read: what they made.
  for (const auto& [id, stack] : project().stacks)
    for (const NamedNumber& n : numbers(stack)) {
      const Source& source = n.number.source;
      if (source.evidence != Evidence::cited) continue;
      EXPECT_TRUE(project().published.rows.contains(source.key) ||
                  project().published.sources.contains(source.key))
          << id << ": " << n.what << ": " << source.key;
    }
}

// One layer keeps one value in every stack: the kernel of a guest is the kernel of the machine, and
// a draw gives both the same, so that what two stacks share cancels.
TEST(Project, LinuxAsHostAndAsGuestHasTheSameParameters) {
  const Node* host = project().layers.at("linux").find("parameters");
  const Node* guest = project().layers.at("linux_guest").find("parameters");
  ASSERT_TRUE(host && guest);
  ASSERT_EQ(host->table()->size(), guest->table()->size());
  for (const auto& [key, node] : *host->table()) {
    const Node* other = guest->find(key);
    ASSERT_TRUE(other) << key;
    Issues issues;
    const auto a = read_number(node, issues), b = read_number(*other, issues);
    EXPECT_EQ(a->value, b->value) << key;
    EXPECT_EQ(a->low, b->low) << key;
    EXPECT_EQ(a->high, b->high) << key;
    EXPECT_EQ(a->source.words, b->source.words) << key;
    EXPECT_EQ(a->id, b->id) << key;
  }
}

TEST(Project, EveryStackHasASoundGraphAndBoot) {
  for (const auto& [id, stack] : project().stacks) {
    Issues issues;
    stack_graph(stack, issues);
    check_boot(stack, issues);
    EXPECT_EQ(printed(issues), "") << id;
  }
}

TEST(Project, EveryScenarioNamesWhatThereIs) {
  for (const auto& [id, scenario] : project().scenarios)
    for (const Cell& cell : expand(scenario)) {
      Issues issues;
      EXPECT_TRUE(project().stacks.contains(cell.stack)) << id << ": " << cell.stack;
      EXPECT_TRUE(find_machine(project(), cell.machine, issues)) << id << ": " << cell.machine;
      EXPECT_TRUE(cell.workload.empty() || project().workloads.contains(cell.workload))
          << id << ": " << cell.workload;
    }
}

TEST(Project, EveryMappedRowCanBeHeldAgainstAPrediction) {
  std::set<std::string> seen;
  for (const Comparison& c : project().published.comparisons) {
    Issues issues;
    EXPECT_TRUE(seen.insert(c.id).second) << c.id << " is mapped twice";
    EXPECT_TRUE(project().stacks.contains(c.stack)) << c.id << ": " << c.stack;
    EXPECT_TRUE(find_machine(project(), c.machine, issues)) << c.id << ": " << c.machine;
    EXPECT_TRUE(c.workload.empty() || project().workloads.contains(c.workload))
        << c.id << ": " << c.workload;
    EXPECT_FALSE(
        std::isnan(in_unit(project().published.rows.at(c.id), unit_of_prediction(c.metric))))
        << c.id << ": " << c.metric;
  }
}

}  // namespace
}  // namespace strata
