#include "models/base/issue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace strata {
namespace {

/// Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

auto key(const Issue& i) {
  return std::tie(i.place.file, i.place.line, i.place.column, i.path, i.message);
}

}  // namespace

std::string print(const Issue& issue) {
  std::string text = issue.place.file;
  if (issue.place.line > 0) text += fmt::format(":{}:{}", issue.place.line, issue.place.column);
  if (!text.empty()) text += ": ";
  if (!issue.path.empty()) text += issue.path + ": ";
  return text + issue.message;
}

void sort(Issues& issues) {
  std::sort(issues.begin(), issues.end(),
            [](const Issue& a, const Issue& b) { return key(a) < key(b); });
  const auto same = [](const Issue& a, const Issue& b) { return key(a) == key(b); };
  issues.erase(std::unique(issues.begin(), issues.end(), same), issues.end());
}

std::string suggest(std::string_view wrong, const std::vector<std::string>& known,
                    std::size_t limit) {
  if (known.empty()) return "; none is known here";
  const auto nearest = std::min_element(
      known.begin(), known.end(),
      [&](const auto& a, const auto& b) { return distance(wrong, a) < distance(wrong, b); });
  std::string text;
  if (distance(wrong, *nearest) <= std::max<std::size_t>(2, wrong.size() / 3))
    text += fmt::format("; did you mean '{}'?", *nearest);
  std::vector<std::string> shown(
      known.begin(), known.begin() + static_cast<std::ptrdiff_t>(std::min(limit, known.size())));
  text += fmt::format("; known: {}", fmt::join(shown, ", "));
  if (known.size() > limit) text += fmt::format(" and {} more", known.size() - limit);
  return text;
}

}  // namespace strata
