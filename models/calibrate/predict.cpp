#include "models/calibrate/predict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/base/distribution.h"
#include "models/calibrate/predict_way.h"
#include "models/layers/joint.h"

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

/// The rows that say how far laboratories differ, as something an answer rests on.
Ground ground_of(const Between& between) {
  Ground ground{"laboratories", {}};
  ground.source.evidence = Evidence::cited;
  ground.source.key = between.rows.front();
  ground.source.words = fmt::format(
      "{}, the same quantities in several papers: their logarithms differ by {:.2f} "
      "(standard deviation, {} degrees of freedom{})",
      fmt::join(between.rows, " "), between.deviation, between.freedom,
      between.pooled ? ", of all kinds together" : "");
  ground.source.file = "results/published/repeated.toml";
  return ground;
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

DrawPlan drawn_with(DrawPlan plan, const Catalog& catalog) {
  plan.overlay = &catalog.overlay;
  plan.laboratories = laboratories(catalog.published);
  return plan;
}

std::string kind_of(const std::string& metric) {
  if (metric.starts_with("boot.") || metric == "snapshot.restore") return "boot";
  if (unit_of_prediction(metric) == "1") return "";  // one laboratory's factor cancels in a ratio
  if (metric.starts_with("memory.") || metric == "image.bytes") return "size";
  return "operation";
}

std::vector<Joint> joints(const DrawPlan& sampling, const std::string& kind) {
  std::vector<Joint> out(static_cast<std::size_t>(sampling.draws));
  if (sampling.overlay)
    for (const auto& [id, quantiles] :
         quantiles_together(*sampling.overlay, sampling.seed, sampling.draws))
      for (std::size_t set = 0; set < out.size(); ++set) out[set].quantiles[id] = quantiles[set];
  const auto between = sampling.laboratories.find(kind);
  if (kind.empty() || between == sampling.laboratories.end()) return out;
  for (std::size_t set = 0; set < out.size(); ++set) {
    const Draws draws{sampling.seed, static_cast<int>(set) + 1, sampling.draws};
    out[set].differs = kind == "size" ? Dimension::bytes : Dimension::time;
    out[set].between = between->second.deviation;
    out[set].laboratory = between->second.quantile(draws.quantile("laboratory/" + kind));
  }
  return out;
}

std::vector<Prediction> predict(const std::vector<Question>& questions, const DrawPlan& sampling) {
  std::vector<Prediction> out(questions.size());
  std::vector<std::size_t> starts;
  std::map<std::string, std::vector<Joint>> by_kind;
  for (const std::string kind : {"", "boot", "operation", "size"})
    by_kind[kind] = joints(sampling, kind);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    Prediction& p = out[i];
    p.unit = unit_of_prediction(questions[i].metric);
    const Way way = way_of(questions[i]);
    p.lacks = way.lacks;
    p.rests = way.rests;
    p.assumed_share = way.assumed_share;
    if (!p.lacks.empty()) continue;
    const std::string kind = kind_of(questions[i].metric);
    if (const auto it = sampling.laboratories.find(kind);
        !kind.empty() && it != sampling.laboratories.end())
      p.rests.push_back(ground_of(it->second));
    if (!way.at) {
      starts.push_back(i);
      continue;
    }
    p.value = way.at(Draws{sampling.seed, 0, sampling.draws});
    // A closed form has no chance in it: a repetition would say the same again.
    for (int d = 1; d <= sampling.draws; ++d) {
      Draws draws{sampling.seed, d, sampling.draws};
      draws.joint = &by_kind.at(kind)[static_cast<std::size_t>(d - 1)];
      p.draws.push_back(way.at(draws));
    }
  }
  predict_starts(questions, starts, sampling, by_kind.at("boot"), out);
  for (Prediction& p : out) finish(p);
  return out;
}

}  // namespace strata
