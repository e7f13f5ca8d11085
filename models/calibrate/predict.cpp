#include "models/calibrate/predict.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/distribution.h"
#include "models/calibrate/predict_way.h"

namespace strata {
namespace {

Way way_of(const Question& q) {
  const auto& known = predict_metrics();
  const auto metric = std::find_if(known.begin(), known.end(),
                                   [&](const PredictMetric& m) { return m.name == q.metric; });
  if (metric == known.end())
    return cannot(fmt::format("'{}' is no metric that can be predicted", q.metric));
  if (!metric->lacks.empty())
    return cannot(fmt::format("{} cannot be predicted yet: {}", q.metric, metric->lacks));
  if (q.metric.starts_with("boot.") || q.metric == "snapshot.restore") return way_of_boot(q);
  if (q.metric == "snapshot.save" || q.metric == "migrate.total") return way_of_moving(q);
  if (q.metric.starts_with("memory.") || q.metric == "density") return way_of_memory(q);
  if (q.metric == "image.bytes") return way_of_image(q);
  if (q.metric == "hypercall.null" || q.metric == "exit.user") return way_of_crossing(q);
  return way_of_operation(q);
}

void finish(Prediction& p) {
  p.low = p.high = p.value;
  if (p.draws.empty()) return;
  Empirical sorted{p.draws};
  std::sort(sorted.sorted.begin(), sorted.sorted.end());
  p.low = quantile(sorted, 0.05);
  p.high = quantile(sorted, 0.95);
}

}  // namespace

const StackFile* client_of(const WorkloadFile* workload, const Catalog& catalog) {
  if (!workload || !workload->client) return nullptr;
  const auto stack = catalog.stacks.find(workload->client->stack);
  return stack == catalog.stacks.end() ? nullptr : &stack->second;
}

std::vector<Prediction> predict(const std::vector<Question>& questions, const DrawPlan& sampling) {
  std::vector<Prediction> out(questions.size());
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    Prediction& p = out[i];
    p.unit = unit_of_prediction(questions[i].metric);
    const Way way = way_of(questions[i]);
    p.lacks = way.lacks;
    p.rests = way.rests;
    p.assumed_share = way.assumed_share;
    if (!p.lacks.empty()) continue;
    if (!way.at) {
      starts.push_back(i);
      continue;
    }
    p.value = way.at(Draws{sampling.seed, 0, sampling.draws});
    // A closed form has no chance in it: a repetition would say the same again.
    for (int d = 1; d <= sampling.draws; ++d)
      p.draws.push_back(way.at(Draws{sampling.seed, d, sampling.draws}));
  }
  predict_starts(questions, starts, sampling, out);
  for (Prediction& p : out) finish(p);
  return out;
}

}  // namespace strata
