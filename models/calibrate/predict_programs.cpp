#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/base/distribution.h"
#include "models/calibrate/grounds.h"
#include "models/calibrate/predict_way.h"
#include "models/host/simulate.h"
#include "models/layers/program_time.h"
#include "models/layers/stack_model.h"
#include "models/layers/system.h"

namespace strata {
namespace {

const Translation* second_translation(const StackFile& stack) {
  for (const StackLayer& layer : stack.layers)
    if (layer.layer.translation) return &*layer.layer.translation;
  return nullptr;
}

/// How many times as long as on the plain machine, whose other cores are idle, each program takes.
std::vector<double> slowdowns(const Question& q, const Draws& draws) {
  const WorkloadFile& w = *q.workload;
  const double counts = draws(*w.counts);
  const Partition here{second_translation(*q.stack), w.neighbours ? &*w.neighbours : nullptr};
  const double rho = housekeeping(*q.stack, draws);
  std::vector<double> out;
  for (const Program& program : w.programs) {
    const double plain = program_time(program, counts, *q.machine, {}, draws).total();
    const double time = program_time(program, counts, *q.machine, here, draws).total();
    out.push_back(stretched(time, rho) / plain);
  }
  return out;
}

/// The geometric mean, or the quantile that is asked for; 1 is the worst.
double statistic(std::vector<double> values, std::optional<double> q) {
  if (!q) {
    double sum = 0;
    for (const double v : values) sum += std::log(v);
    return std::exp(sum / static_cast<double>(values.size()));
  }
  std::sort(values.begin(), values.end());
  return *q >= 1 ? values.back() : quantile(Empirical{std::move(values)}, *q);
}

/// Of the programs' time, the part that rests on assumed prices.
double assumed_part(const Question& q) {
  const Draws stated;
  const MemoryPath& path = *q.machine->memory_path;
  const Partition here{second_translation(*q.stack),
                       q.workload->neighbours ? &*q.workload->neighbours : nullptr};
  const auto assumed = [](const Source& s) { return s.evidence == Evidence::assumed ? 1.0 : 0.0; };
  const double beyond = here.neighbours
                            ? std::max(assumed(path.beside.source), assumed(path.spilling.source))
                            : assumed(path.alone.source);
  double all = 0, part = 0;
  for (const Program& program : q.workload->programs) {
    const ProgramTime t =
        program_time(program, stated(*q.workload->counts), *q.machine, here, stated);
    all += 1;
    part += (t.work * assumed(path.work.source) + t.cache * assumed(path.hit.source) +
             t.memory * beyond) /
            t.total();
  }
  return part / all;
}

}  // namespace

Way way_of_programs(const Question& q) {
  if (!q.machine->memory_path)
    return cannot(fmt::format("{} does not describe its cores' way to memory ([memory_path])",
                              q.machine->id));
  if (runs_guests(*q.stack) && !second_translation(*q.stack))
    return cannot(
        fmt::format("{} cannot express {} of {}: the layer that runs its guests states "
                    "no [translation]",
                    q.stack->id, q.metric, q.workload->id));
  Way way;
  way.at = [&q](const Draws& draws) { return statistic(slowdowns(q, draws), q.quantile); };
  way.rests = grounds_of_programs(*q.stack, *q.machine, *q.workload);
  way.assumed_share = assumed_part(q);
  return way;
}

}  // namespace strata
