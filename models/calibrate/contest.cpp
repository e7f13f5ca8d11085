#include "models/calibrate/contest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace strata {
namespace {

/// Draws in each of the two samples that tell which numbers decide; indices are good to 0.06.
constexpr int kSample = 256;

}  // namespace

Contest contest(const std::string& what, const std::function<double(const Values&)>& first,
                const std::function<double(const Values&)>& second, const Numbers& numbers,
                const Drawing& drawing) {
  Contest out;
  out.what = what;
  int draws = 0;
  for (int repetition = 0; repetition < drawing.repetitions; ++repetition)
    for (const Values& values : latin_hypercube(
             numbers, drawing.sets, drawing.seed + static_cast<std::uint64_t>(repetition))) {
      const double x = first(values), y = second(values);
      out.below += x < y ? 1 : x == y ? 0.5 : 0;
      ++draws;
    }
  const double less = std::min(out.below, draws - out.below);
  out.p = std::min(1.0, 2 * (less + 1) / (draws + 1));
  out.below /= draws;
  for (const SobolIndex& i :
       first_order([&](const Values& v) { return std::log(first(v) / second(v)); }, numbers,
                   kSample, drawing.seed)) {
    if (i.first_order < kDeciding) break;
    out.deciding.push_back(i);
    out.assumed |= numbers.at(i.id).source.evidence == Evidence::assumed;
  }
  return out;
}

void settle(std::vector<Contest>& contests) {
  std::vector<double> p;
  for (const Contest& c : contests) p.push_back(c.p);
  p = holm(p);
  for (std::size_t i = 0; i < contests.size(); ++i) contests[i].p = p[i];
}

std::string sentence(const Contest& contest, const std::string& a, const std::string& b,
                     const Numbers& numbers) {
  std::string text = fmt::format("{}: {} is below {} ", contest.what, a, b);
  text += contest.assumed ? fmt::format("in {:.0f} % of the assumed range", 100 * contest.below)
                          : fmt::format("with probability {:.2f}", contest.below);
  if (!contest.determined()) text += ": undetermined";
  for (std::size_t i = 0; i < contest.deciding.size(); ++i)
    text += fmt::format("{}{} ({:.0f} %, {})", i == 0 ? "\n  decided by " : ", ",
                        contest.deciding[i].id, 100 * contest.deciding[i].first_order,
                        name(numbers.at(contest.deciding[i].id).source.evidence));
  if (contest.deciding.empty()) text += "\n  no single number decides it";
  return text;
}

}  // namespace strata
