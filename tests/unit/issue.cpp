// Does a person who made a mistake learn where it is and what was meant?

#include "models/base/issue.h"

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(Issue, PrintsPlacePathAndMessage) {
  EXPECT_EQ(print({{"stacks/a.toml", 3, 7}, "layers.guest", "is wrong"}),
            "stacks/a.toml:3:7: layers.guest: is wrong");
  EXPECT_EQ(print({{"stacks/a.toml", 0, 0}, "", "cannot be read"}),
            "stacks/a.toml: cannot be read");
  EXPECT_EQ(print({{}, "machine", "is wrong"}), "machine: is wrong");
  EXPECT_EQ(print({{}, "", "is wrong"}), "is wrong");
}

TEST(Issue, IssuesStandInTheOrderOfTheFileEachOnce) {
  Issues issues = {{{"b", 1, 1}, "", "x"},  {{"a", 10, 1}, "", "x"}, {{"a", 9, 5}, "", "x"},
                   {{"a", 9, 2}, "q", "x"}, {{"a", 9, 2}, "p", "z"}, {{"a", 9, 2}, "p", "y"},
                   {{"a", 10, 1}, "", "x"}};
  sort(issues);
  std::string seen;
  for (const Issue& issue : issues) seen += print(issue) + "\n";
  EXPECT_EQ(seen, "a:9:2: p: y\na:9:2: p: z\na:9:2: q: x\na:9:5: x\na:10:1: x\nb:1:1: x\n");
}

TEST(Issue, SuggestsTheNearestKnownNameAndListsAll) {
  EXPECT_EQ(suggest("sycall", {"compute", "syscall"}),
            "; did you mean 'syscall'?; known: compute, syscall");
  EXPECT_EQ(suggest("latncy", {"cpu", "latency"}),
            "; did you mean 'latency'?; known: cpu, latency");
}

TEST(Issue, SuggestsNothingWhenNoNameIsNear) {
  EXPECT_EQ(suggest("zebra", {"compute", "syscall"}), "; known: compute, syscall");
}

// Two slips are forgiven in a short name, a third of its letters in a long one: 12 letters, 4
// slips.
TEST(Issue, ForgivesTwoSlipsOrAThirdOfTheLetters) {
  EXPECT_NE(suggest("axc", {"abc"}).find("did you mean"), std::string::npos);
  EXPECT_NE(suggest("xxc", {"abc"}).find("did you mean"), std::string::npos);
  EXPECT_EQ(suggest("xxx", {"abc"}).find("did you mean"), std::string::npos);
  EXPECT_NE(suggest("abcdefghxxxx", {"abcdefghijkl"}).find("did you mean"), std::string::npos);
  EXPECT_EQ(suggest("abcdefgxxxxx", {"abcdefghijkl"}).find("did you mean"), std::string::npos);
}

TEST(Issue, AMissingAndAnAddedLetterAreOneSlipEach) {
  EXPECT_NE(suggest("sscall", {"other", "syscall"}).find("'syscall'"), std::string::npos);
  EXPECT_NE(suggest("sysscall", {"other", "syscall"}).find("'syscall'"), std::string::npos);
}

TEST(Issue, ALongListOfKnownNamesIsCutWithACount) {
  EXPECT_EQ(suggest("zebra", {"one", "two", "three", "four"}, 2), "; known: one, two and 2 more");
  EXPECT_EQ(suggest("zebra", {"one", "two"}, 2), "; known: one, two");
}

TEST(Issue, SaysSoWhenNothingIsKnown) { EXPECT_EQ(suggest("x", {}), "; none is known here"); }

}  // namespace
}  // namespace strata
