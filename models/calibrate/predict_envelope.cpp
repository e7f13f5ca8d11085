#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "models/calibrate/predict_way.h"

namespace strata {
namespace {

/// The metric under which published rows hold what is asked: a worker that always finds another
/// request waiting is one with clients enough.
std::string held_as(const std::string& metric) {
  return metric == "http.requests" || metric == "kv.requests" ? "request.rate" : metric;
}

bool of_blocks(const std::string& metric) { return metric.starts_with("block"); }

double bytes_of(const std::string& metric, double size) {
  if (size > 0) return size;
  return of_blocks(metric) ? kUsualBlock : kUsualPacket;
}

}  // namespace

std::vector<std::string> outside(const Question& question, const Catalog& catalog) {
  const Published& published = catalog.published;
  std::set<std::string> stacks;
  struct Extent {
    double low = INFINITY, high = -INFINITY;
    void add(double v) { low = std::min(low, v), high = std::max(high, v); }
    bool holds(double v) const { return v >= low && v <= high; }
  } clock, cores, parallel, bytes, depth;
  const std::string held = held_as(question.metric);
  for (const Comparison& c : published.comparisons) {
    const auto machine = catalog.machines.find(c.machine);
    if (canonical_metric(c.metric) != held || machine == catalog.machines.end()) continue;
    if (question.workload && !c.workload.empty() && c.workload != question.workload->id) continue;
    stacks.insert(c.stack);
    clock.add(machine->second.clock.value.value);
    cores.add(machine->second.cores);
    parallel.add(std::max(1, c.parallel));
    bytes.add(bytes_of(held, c.size));
    depth.add(std::max(1, c.depth));
  }
  const std::string asked =
      held + (question.workload ? " under " + question.workload->id : std::string());
  if (stacks.empty())
    return {fmt::format("no published row is held against {} of any stack", asked)};
  std::vector<std::string> why;
  if (!stacks.contains(question.stack->id))
    why.push_back(
        fmt::format("no published row is held against {} of {}", asked, question.stack->id));
  const double ghz = question.machine->clock.value.value;
  if (!clock.holds(ghz))
    why.push_back(fmt::format("the clock, {:.3g} GHz, is not between {:.3g} and {:.3g}", ghz / 1e9,
                              clock.low / 1e9, clock.high / 1e9));
  if (!cores.holds(question.machine->cores))
    why.push_back(fmt::format("{} cores are not between {} and {}", question.machine->cores,
                              cores.low, cores.high));
  if (question.metric.starts_with("boot.")) {
    const int starts = std::max({1, question.parallel, question.burst});
    if (starts > parallel.high)
      why.push_back(fmt::format("{} starts at a time are more than {}", starts, parallel.high));
    if (question.burst > 0) why.push_back("no published row has starts at the same instant");
    if (question.running > 0) why.push_back("no mapped row has instances already running");
  }
  if (of_blocks(held) || held == "net.packets")
    if (const double size = bytes_of(held, question.size); !bytes.holds(size))
      why.push_back(fmt::format("{} bytes are not between {} and {}", size, bytes.low, bytes.high));
  const bool in_flight = of_blocks(held) || (question.workload && question.workload->client &&
                                             held.starts_with("request."));
  if (in_flight && !depth.holds(question.depth))
    why.push_back(fmt::format("{} in flight are not between {} and {}", question.depth, depth.low,
                              depth.high));
  if (question.machine->place.file.empty())
    why.push_back("the machine is described by a few words, not by a file with sources");
  return why;
}

}  // namespace strata
