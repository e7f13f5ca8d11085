// Do the published rows we predict stay out of the models that predict them? A number taken from a
// validation row would make the comparison with that row worth nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "models/calibrate/predict.h"
#include "models/study/numbers.h"
#include "models/study/reader.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

/// The ids of validation rows among the words of a source, wherever they stand in them.
std::vector<std::string> validation_rows_in(const std::string& words, const Published& published) {
  std::vector<std::string> found;
  std::string word;
  for (const char c : words + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_') {
      word += c;
      continue;
    }
    const auto row = published.rows.find(word);
    if (row != published.rows.end() && row->second.role == "validation") found.push_back(word);
    word.clear();
  }
  return found;
}

/// Every `from` beneath a node.
void each_from(const Node& node, const std::function<void(const Node&, const std::string&)>& see) {
  const Node* from = node.find("from");
  if (const auto* words = from ? std::get_if<std::string>(&from->value) : nullptr)
    see(node, *words);
  if (const auto* table = node.table())
    for (const auto& member : *table) each_from(member.second, see);
  if (const auto* list = node.list())
    for (const Node& item : *list) each_from(item, see);
}

/// "file: number: rests on row" for each number of a folder's files that names a validation row.
std::vector<std::string> leaks_in(const std::filesystem::path& folder, const Published& published) {
  std::vector<std::string> leaks;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    Issues issues;
    const auto file = read_toml(entry.path(), entry.path().string(), issues);
    if (!file) throw std::runtime_error(printed(issues));
    each_from(*file, [&](const Node& number, const std::string& words) {
      for (const std::string& row : validation_rows_in(words, published))
        leaks.push_back(number.place.file + ": " + number.path + ": rests on " + row);
    });
  }
  return leaks;
}

/// Digits of a published value, less the zeros at its end: 160.851 has 6, 150 has 2.
int significant_digits(double value) {
  std::string text = print(Quantity{value}, 12);
  std::erase_if(text, [](char c) { return c == '-' || c == '.'; });
  text.erase(0, text.find_first_not_of('0'));
  text.erase(text.find_last_not_of('0') + 1);
  return static_cast<int>(text.size());
}

/// "stack: number: equals row" for each number that has the value of a row its stack is held
/// against.
std::vector<std::string> copies_in(const StackFile& stack, const Published& published) {
  std::vector<std::string> copies;
  for (const Comparison& c : published.comparisons) {
    const PublishedRow& row = published.rows.at(c.id);
    const std::string unit = unit_of_prediction(c.metric);
    if (c.stack != stack.id || row.role != "validation" || significant_digits(row.value) < 3)
      continue;
    const auto one = parse_quantity(unit == "1" ? "1" : "1 " + unit);
    const double value = in_unit(row, unit) * one.value_or(Quantity{}).value;
    for (const NamedNumber& n : numbers(stack))
      for (const Quantity& q : {n.number.value, n.number.low, n.number.high})
        // The whole of something is no copy of a slowdown that is almost none.
        if (one && !(q.dimension == Dimension::ratio && q.value == 1) &&
            q.dimension == one->dimension && std::abs(q.value / value - 1) < 0.0005)
          copies.push_back(stack.id + ": " + n.layer + "." + n.what + " equals " + c.id);
  }
  return copies;
}

std::string lines(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += text + "\n";
  return out;
}

TEST(Leakage, NoNumberOfAModelNamesAValidationRow) {
  for (const char* folder : {"stacks", "stacks/layers", "stacks/machines", "workloads"})
    EXPECT_EQ(lines(leaks_in(folder, project().published)), "");
  // Plug-ins have no file to read: what they made.
  for (const auto& [id, stack] : project().stacks)
    for (const NamedNumber& n : numbers(stack))
      EXPECT_EQ(lines(validation_rows_in(n.number.source.words, project().published)), "")
          << id << ": " << n.layer << "." << n.what;
}

TEST(Leakage, NoNumberOfAStackIsTheValueItIsHeldAgainst) {
  for (const auto& [id, stack] : project().stacks)
    EXPECT_EQ(lines(copies_in(stack, project().published)), "");
}

// The tests above would pass if nothing were mapped, or nothing had the role.
TEST(Leakage, ThereAreRowsToLeak) {
  int mapped = 0;
  for (const Comparison& c : project().published.comparisons)
    mapped += project().published.rows.at(c.id).role == "validation" &&
              significant_digits(project().published.rows.at(c.id).value) >= 3;
  EXPECT_GT(mapped, 20);
}

TEST(Leakage, CountsTheDigitsThatSaySomething) {
  EXPECT_EQ(significant_digits(160.851), 6);
  EXPECT_EQ(significant_digits(150), 2);
  EXPECT_EQ(significant_digits(0.0125), 3);
  EXPECT_EQ(significant_digits(7), 1);
  EXPECT_EQ(significant_digits(0), 0);
}

/// The project's Firecracker stack with its application's exec stated otherwise.
StackFile planted(const std::string& number) {
  const Folder folder;
  std::string text = all_of("stacks/firecracker_linux.toml");
  const auto at = text.find("cpu = ", text.find("[boot.exec]"));
  text.replace(at, text.find('\n', at) - at, "cpu = " + number);
  Catalog catalog = project();
  Issues issues;
  read_file(folder.write("firecracker_linux.toml", text), catalog, issues);
  if (!issues.empty()) throw std::runtime_error(printed(issues));
  return catalog.stacks.at("firecracker_linux");
}

// fc20-0003: Firecracker boots in a mean of 161.667 ms, which the stack is held against.
TEST(Leakage, APlantedValueIsFound) {
  const auto found = [](const std::string& value) {
    return lines(copies_in(planted("{ value = \"" + value + "\", from = \"cited: agache2020\" }"),
                           project().published));
  };
  EXPECT_NE(found("161.667 ms").find("app.boot.exec.cpu equals fc20-0003"), std::string::npos);
  EXPECT_NE(found("0.16167 s").find("equals fc20-0003"), std::string::npos);
  EXPECT_EQ(found("1.2345 ms"), "");
}

TEST(Leakage, APlantedCitationIsFound) {
  for (const char* from :
       {"cited: fc20-0003", "cited: agache2020, as in fc20-0003; less the rest"}) {
    const Folder folder;
    folder.write("a.toml",
                 "[boot.exec]\ncpu = { value = \"1 ms\", from = \"" + std::string(from) + "\" }\n");
    const auto leaks = leaks_in(folder.path(), project().published);
    ASSERT_EQ(leaks.size(), 1U) << from;
    EXPECT_NE(leaks[0].find("boot.exec.cpu: rests on fc20-0003"), std::string::npos) << leaks[0];
  }
}

}  // namespace
}  // namespace strata
