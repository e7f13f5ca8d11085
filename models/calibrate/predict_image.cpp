#include <fmt/format.h>

#include "models/calibrate/predict_way.h"

namespace strata {

Way way_of_image(const Question& q) {
  if (!q.workload || !q.workload->image)
    return cannot(q.metric + " needs a workload that states the size of its program: --workload");
  Way way;
  std::vector<const Sourced<Bytes>*> parts = {&*q.workload->image};
  way.rests.push_back({"workload.image", q.workload->image->source});
  // What runs guests, and all beneath it, is there already.
  for (const StackLayer& layer : q.stack->layers) {
    if (!layer.layer.virtualization.empty()) break;
    if (!layer.layer.image) {
      if (!runs_guests(*q.stack)) continue;
      return cannot(fmt::format("{} cannot express {}: its layer {} states no image", q.stack->id,
                                q.metric, layer.name));
    }
    parts.push_back(&*layer.layer.image);
    way.rests.push_back({layer.name + ".image", layer.layer.image->source});
  }
  double all = 0, assumed = 0;
  for (const Sourced<Bytes>* part : parts) {
    all += part->value.value;
    if (part->source.evidence == Evidence::assumed) assumed += part->value.value;
  }
  way.assumed_share = assumed / all;
  way.at = [parts](const Draws& draws) {
    double bytes = 0;
    for (const Sourced<Bytes>* part : parts) bytes += draws(*part);
    return bytes;
  };
  return way;
}

}  // namespace strata
