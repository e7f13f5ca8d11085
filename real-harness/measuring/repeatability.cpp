#include "real-harness/measuring/repeatability.h"

#include <algorithm>

namespace strata {

std::vector<RepeatedCell> repeated(const std::vector<std::vector<MeasuredCell>>& runs) {
  std::vector<RepeatedCell> out;
  for (const auto& run : runs)
    for (const MeasuredCell& cell : run)
      if (std::none_of(out.begin(), out.end(), [&](const RepeatedCell& known) {
            return known.stack == cell.stack && known.metric == cell.metric;
          }))
        out.push_back({cell.stack, cell.metric, cell.unit, {}, true, false, {}});
  for (RepeatedCell& repeat : out) {
    std::vector<std::vector<double>> samples;
    for (const auto& run : runs)
      for (const MeasuredCell& cell : run) {
        if (cell.stack != repeat.stack || cell.metric != repeat.metric) continue;
        repeat.disturbed = repeat.disturbed || cell.disturbed;
        if (!cell.median) continue;
        repeat.medians.push_back(cell.median->median);
        samples.push_back(cell.values);
      }
    repeat.complete = samples.size() == runs.size();
    if (samples.size() >= 2)
      repeat.equivalence =
          equivalence_of(samples, kRepeatabilityMargin, repeat.metric + "/" + repeat.stack);
  }
  return out;
}

Repeatability decide(const std::vector<RepeatedCell>& cells) {
  const auto count = [&](auto is) {
    return static_cast<double>(std::count_if(cells.begin(), cells.end(), is));
  };
  const double marked = count([](const RepeatedCell& cell) { return cell.disturbed; });
  if (marked > kMostDisturbed * static_cast<double>(cells.size()))
    return Repeatability::machine_disturbed;
  const double failed =
      count([](const RepeatedCell& cell) { return !cell.holds() && !cell.disturbed; });
  return failed > 0 ? Repeatability::no : Repeatability::yes;
}

}  // namespace strata
