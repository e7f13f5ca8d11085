// Does the reader find every mistake, at its place, and are sourced numbers held to their rules?

#include "models/study/reader.h"

#include <gtest/gtest.h>

#include "tests/unit/written.h"

namespace strata {
namespace {

/// What read_number says about `n = TEXT`.
std::optional<Sourced<Quantity>> number(const std::string& text, Issues& issues) {
  const Node file = tree("n = " + text + "\n");
  return read_number(*file.find("n"), issues);
}

std::string mistakes_in(const std::string& text) {
  Issues issues;
  EXPECT_FALSE(number(text, issues)) << text;
  return printed(issues);
}

TEST(Reader, CollectsEveryKindOfMistakeAtItsPlaceAndPath) {
  const Node file = tree(
      "[t]\n"
      "text = 1\n"
      "flag = \"yes\"\n"
      "whole = 1.5\n"
      "least = 0\n"
      "number = \"x\"\n"
      "texts = [\"a\", 2]\n"
      "wholes = [1, \"b\"]\n"
      "choice = \"gren\"\n"
      "table = 3\n"
      "titel = \"x\"\n");
  Issues issues;
  {
    Reader r(*file.find("t"), issues);
    EXPECT_EQ(r.text("text"), "");
    EXPECT_EQ(r.text("absent"), "");
    EXPECT_FALSE(r.optional_flag("flag"));
    EXPECT_EQ(r.whole("whole", 1), 1);
    EXPECT_EQ(r.whole("least", 1), 1);
    EXPECT_FALSE(r.optional_number("number"));
    EXPECT_EQ(r.texts("texts"), std::vector<std::string>{"a"});
    EXPECT_EQ(r.wholes("wholes", 1), std::vector<std::int64_t>{1});
    EXPECT_FALSE(r.one_of("choice", {"green", "red"}));
    r.each("table", [](const std::string&, const Node&) { FAIL(); });
    EXPECT_FALSE(r.optional_text("title"));
  }
  EXPECT_EQ(
      printed(issues),
      "file.toml:1:2: t.absent: is missing: a text\n"
      "file.toml:2:1: t.text: must be a text, not a whole number\n"
      "file.toml:3:1: t.flag: must be true or false, not a text\n"
      "file.toml:4:1: t.whole: must be a whole number, at least 1\n"
      "file.toml:5:1: t.least: must be a whole number, at least 1\n"
      "file.toml:6:1: t.number: must be a number, not a text\n"
      "file.toml:7:15: t.texts: must hold texts, not a whole number\n"
      "file.toml:8:14: t.wholes: must hold whole numbers, from 1 to 1000000000\n"
      "file.toml:9:1: t.choice: 'gren' is not known; did you mean 'green'?; known: green, red\n"
      "file.toml:10:1: t.table: must be a table, not a whole number\n"
      "file.toml:11:1: t.titel: is no key here; did you mean 'title'?; known: absent, choice, "
      "flag, least, number, table, text, texts, title, whole, wholes\n");
}

TEST(Reader, AnAbsentOptionalKeyIsNoMistake) {
  const Node file = tree("[t]\n");
  Issues issues;
  {
    Reader r(*file.find("t"), issues);
    EXPECT_FALSE(r.optional_text("a"));
    EXPECT_FALSE(r.optional_flag("a"));
    EXPECT_FALSE(r.optional_whole("a", 0));
    EXPECT_FALSE(r.optional_number("a"));
    EXPECT_FALSE(r.one_of("a", {"b"}));
    EXPECT_FALSE(r.number("a"));
    EXPECT_TRUE(r.texts("a").empty());
  }
  EXPECT_EQ(printed(issues), "");
}

TEST(Reader, WhatIsNoTableIsOneMistake) {
  const Node file = tree("a = 1\n");
  Issues issues;
  { Reader r(*file.find("a"), issues); }
  EXPECT_EQ(printed(issues), "file.toml:1:1: a: must be a table, not a whole number\n");
}

TEST(Reader, ASourcedNumberHasItsValueRangeSourceAndPlace) {
  Issues issues;
  const Node file = tree(
      "[ops.syscall]\n\nlatency = { value = \"1.4 ms\", low = \"1.2 ms\", high = \"2 ms\", "
      "from = \"cited: agache2020, table 2\" }\n",
      "stacks/layers/a.toml");
  const auto n = read_number(*file.find("ops")->find("syscall")->find("latency"), issues);
  ASSERT_TRUE(n) << printed(issues);
  EXPECT_EQ(n->value, (Quantity{1.4e6, Dimension::time}));
  EXPECT_EQ(n->low.value, 1.2e6);
  EXPECT_EQ(n->high.value, 2e6);
  EXPECT_FALSE(n->range_is_default);
  EXPECT_EQ(n->source.evidence, Evidence::cited);
  EXPECT_EQ(n->source.key, "agache2020");
  EXPECT_EQ(n->source.words, "agache2020, table 2");
  EXPECT_EQ(n->source.file, "stacks/layers/a.toml");
  EXPECT_EQ(n->source.line, 3);
}

// The id names the draw: a comment added above must not change a result.
TEST(Reader, ANumbersIdIsItsFileAndPathWhateverTheLine) {
  Issues issues;
  const std::string text = "[ops.syscall]\nlatency = { value = \"1 ms\", from = \"cited: a\" }\n";
  const auto id = [&](const Node& file) {
    return read_number(*file.find("ops")->find("syscall")->find("latency"), issues)->id;
  };
  EXPECT_EQ(id(tree(text, "a.toml")), id(tree("\n\n# a comment\n" + text, "a.toml")));
  EXPECT_NE(id(tree(text, "a.toml")), id(tree(text, "b.toml")));
  EXPECT_EQ(id(tree(text, "a.toml")), "a.toml:ops.syscall.latency");
}

TEST(Reader, OnlyCitedNumbersHaveAKey) {
  Issues issues;
  EXPECT_EQ(number("{ value = 1, from = \"cited: key-1; and more\" }", issues)->source.key,
            "key-1");
  EXPECT_EQ(number("{ value = 1, from = \"cited: key-1 alone\" }", issues)->source.key, "key-1");
  EXPECT_EQ(number("{ value = 1, from = \"measured: lab-3, n = 20\" }", issues)->source.key, "");
  EXPECT_EQ(
      number("{ value = 1, low = 1, high = 1, from = \"assumed: words\" }", issues)->source.key,
      "");
}

// +-20 % where the source gave no range: 10 - 2 and 10 + 2.
TEST(Reader, ANumberWithoutARangeIsTwentyPercentWideAndMarked) {
  Issues issues;
  const auto n = number("{ value = \"10 ns\", from = \"cited: a\" }", issues);
  ASSERT_TRUE(n);
  EXPECT_DOUBLE_EQ(n->low.value, 8);
  EXPECT_DOUBLE_EQ(n->high.value, 12);
  EXPECT_TRUE(n->range_is_default);
}

TEST(Reader, AnAssumedNumberMustStateItsRange) {
  EXPECT_NE(mistakes_in("{ value = \"1 ms\", from = \"assumed: a guess\" }")
                .find("must state low and high"),
            std::string::npos);
}

TEST(Reader, AnExactZeroNeedsASourceButNoRange) {
  Issues issues;
  const auto n =
      number("{ value = \"0 ns\", from = \"assumed: the NIC sends by itself\" }", issues);
  ASSERT_TRUE(n) << printed(issues);
  EXPECT_EQ(n->value.value, 0);
  EXPECT_EQ(n->low.value, 0);
  EXPECT_EQ(n->high.value, 0);
  EXPECT_FALSE(n->range_is_default);
  EXPECT_NE(mistakes_in("{ value = \"0 ns\" }").find("n.from: is missing"), std::string::npos);
  EXPECT_NE(mistakes_in("{ value = 0, low = 0, high = 1, from = \"assumed: x\" }")
                .find("is 0 but has a range"),
            std::string::npos);
}

TEST(Reader, RefusesANumberThatBreaksTheRules) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"5", "must be a number with its source"},
      {"\"5 ms\"", "must be a number with its source"},
      {"{ from = \"cited: a\" }", "n.value: is missing"},
      {"{ value = \"5 ms\" }", "n.from: is missing"},
      {"{ value = \"5 parsecs\", from = \"cited: a\" }", "'5 parsecs' is no number with a unit"},
      {"{ value = true, from = \"cited: a\" }", "must be a number or a text"},
      {"{ value = 1, from = \"guessed: a\" }", "must say where the number comes from"},
      {"{ value = 1, from = 3 }", "must say where the number comes from"},
      {"{ value = 1, from = \"cited: \" }", "must be followed by words"},
      {"{ value = 1, from = \"cited\" }", "must be followed by words"},
      {"{ value = -1, from = \"cited: a\" }", "must not be negative"},
      {"{ value = 2, low = 1, from = \"cited: a\" }", "only one of low and high"},
      {"{ value = 2, high = 3, from = \"cited: a\" }", "only one of low and high"},
      {"{ value = 2, low = 3, high = 4, from = \"cited: a\" }",
       "must keep 0 < low <= value <= high"},
      {"{ value = 2, low = 1, high = 1.5, from = \"cited: a\" }",
       "must keep 0 < low <= value <= high"},
      {"{ value = 2, low = 0, high = 3, from = \"cited: a\" }",
       "must keep 0 < low <= value <= high"},
      {"{ value = \"2 ms\", low = \"1 B\", high = \"3 ms\", from = \"cited: a\" }",
       "they must be alike"},
      {"{ value = nan, from = \"cited: a\" }", "must be finite"},
      {"{ value = inf, from = \"cited: a\" }", "must be finite"},
      {"{ value = 1, low = 1, high = inf, from = \"cited: a\" }", "must be finite"},
  };
  for (const auto& c : cases)
    EXPECT_NE(mistakes_in(c.text).find(c.message), std::string::npos) << c.text << "\n"
                                                                      << mistakes_in(c.text);
}

TEST(Reader, AKeyThatNoNumberHasIsAMistake) {
  Issues issues;
  number("{ value = 1, hgh = 2, low = 1, high = 2, from = \"cited: a\" }", issues);
  EXPECT_NE(printed(issues).find("n.hgh: is no key here; did you mean 'high'?"), std::string::npos)
      << printed(issues);
}

TEST(Reader, APlainNumberMustBeFinite) {
  const Node file = tree("a = nan\nb = inf\n");
  Issues issues;
  Reader r(file, issues);
  EXPECT_FALSE(r.optional_number("a"));
  EXPECT_FALSE(r.optional_number("b"));
  EXPECT_EQ(printed(issues),
            "file.toml:1:1: a: must be finite\nfile.toml:2:1: b: must be finite\n");
}

TEST(Reader, ANumberOfAnotherDimensionIsRefusedWithAnExample) {
  const Node file = tree("cpu = { value = \"5 MiB\", from = \"cited: a\" }\n");
  Issues issues;
  {
    Reader r(file, issues);
    EXPECT_FALSE(r.optional<Duration>("cpu"));
    EXPECT_EQ(r.required<Duration>("wait").value.value, 0);
  }
  EXPECT_EQ(
      printed(issues),
      "file.toml:1:1: cpu: must be a time such as 1.4 ms, not a size\n"
      "file.toml:1:1: wait: is missing: a time such as { value = \"1.4 ms\", from = \"...\" }\n");
}

}  // namespace
}  // namespace strata
