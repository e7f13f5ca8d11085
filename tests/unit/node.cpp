// Does every value of a file remember its place and path, and does laying one tree upon another
// keep sourced numbers whole?

#include "models/study/node.h"

#include <gtest/gtest.h>

#include "tests/unit/written.h"

namespace strata {
namespace {

TEST(Node, RemembersPlaceAndDottedPath) {
  const Node file =
      tree("title = \"x\"\n[layers.guest]\nuse = \"linux\"\n  cores = 4\n", "stacks/a.toml");
  const Node* cores = file.find("layers")->find("guest")->find("cores");
  ASSERT_TRUE(cores);
  EXPECT_EQ(cores->place.file, "stacks/a.toml");
  EXPECT_EQ(cores->place.line, 4);
  EXPECT_EQ(cores->place.column, 3);
  EXPECT_EQ(cores->path, "layers.guest.cores");
  EXPECT_EQ(std::get<std::int64_t>(cores->value), 4);
  EXPECT_EQ(file.path, "");
}

TEST(Node, KeepsTheOrderOfTheFile) {
  const Node file = tree("z = 1\na = 2\n[t]\nm = 1\nb = 2\n");
  std::string order;
  for (const auto& member : *file.table()) order += member.first;
  for (const auto& member : *file.find("t")->table()) order += member.first;
  EXPECT_EQ(order, "zatmb");
}

TEST(Node, NamesEveryKindOfValue) {
  const Node file = tree("a = true\nb = 1\nc = 1.5\nd = \"x\"\ne = []\nf = {}\n");
  std::string kinds;
  for (const auto& member : *file.table()) kinds += std::string(kind(member.second)) + ", ";
  EXPECT_EQ(kinds, "true or false, a whole number, a number, a text, a list, a table, ");
}

TEST(Node, FindsNothingWhereThereIsNothing) {
  const Node file = tree("a = 1\n");
  EXPECT_EQ(file.find("b"), nullptr);
  EXPECT_EQ(file.find("a")->find("b"), nullptr);
}

TEST(Node, ASyntaxErrorIsOneIssueAtItsPlace) {
  Issues issues;
  EXPECT_FALSE(tree("a = 1\nb = = 2\n", issues));
  ASSERT_EQ(issues.size(), 1U);
  EXPECT_EQ(issues[0].place.file, "file.toml");
  EXPECT_EQ(issues[0].place.line, 2);
  EXPECT_EQ(issues[0].place.column, 5);
}

TEST(Node, AFileThatCannotBeReadIsOneIssue) {
  const Folder folder;
  Issues issues;
  EXPECT_FALSE(read_toml(folder.path() / "none.toml", "none.toml", issues));
  EXPECT_FALSE(read_toml(folder.path(), "folder", issues));
  EXPECT_EQ(printed(issues), "folder: cannot be read\nnone.toml: cannot be read\n");
}

TEST(Node, MergingReplacesValuesAndKeepsTheRest) {
  const Node merged = merge(tree("a = 1\nb = 2\n[t]\nx = 1\ny = 2\n", "base.toml"),
                            tree("b = 3\nc = 4\n[t]\ny = 5\n", "over.toml"));
  const auto whole = [&](const Node& n, const char* key) {
    return std::get<std::int64_t>(n.find(key)->value);
  };
  EXPECT_EQ(whole(merged, "a"), 1);
  EXPECT_EQ(whole(merged, "b"), 3);
  EXPECT_EQ(whole(merged, "c"), 4);
  EXPECT_EQ(whole(*merged.find("t"), "x"), 1);
  EXPECT_EQ(whole(*merged.find("t"), "y"), 5);
  EXPECT_EQ(merged.find("a")->place.file, "base.toml");
  EXPECT_EQ(merged.find("b")->place.file, "over.toml");
}

TEST(Node, MergingReplacesListsAsAWhole) {
  const Node merged = merge(tree("a = [1, 2, 3]\n"), tree("a = [4]\n"));
  EXPECT_EQ(merged.find("a")->list()->size(), 1U);
}

// Otherwise a new value would keep the range, or the source, of the one it replaces.
TEST(Node, MergingReplacesASourcedNumberAsAWhole) {
  const std::string base =
      "n = { value = \"1 ms\", low = \"0.5 ms\", high = \"2 ms\", from = \"assumed: x\" }\n";
  const Node with_value = merge(tree(base), tree("n = { value = \"9 ms\" }\n"));
  EXPECT_EQ(with_value.find("n")->find("low"), nullptr);
  EXPECT_EQ(with_value.find("n")->find("from"), nullptr);
  const Node with_source = merge(tree(base), tree("n = { from = \"cited: a\" }\n"));
  EXPECT_EQ(with_source.find("n")->find("value"), nullptr);
}

TEST(Node, ANumberThatLacksItsSourceIsReplacedAsAWholeToo) {
  const Node merged =
      merge(tree("n = { value = 1, low = 0.5, high = 2 }\n"), tree("n = { value = 9 }\n"));
  EXPECT_EQ(merged.find("n")->find("low"), nullptr);
}

TEST(Node, MergingATableWithAValueReplacesIt) {
  EXPECT_EQ(std::get<std::int64_t>(merge(tree("[a]\nx = 1\n"), tree("a = 1\n")).find("a")->value),
            1);
  EXPECT_TRUE(merge(tree("a = 1\n"), tree("[a]\nx = 1\n")).find("a")->table());
}

}  // namespace
}  // namespace strata
