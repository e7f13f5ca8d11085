#include <fmt/format.h>

#include <algorithm>

#include "models/base/distribution.h"
#include "models/calibrate/closed_network.h"
#include "models/calibrate/predict_operation.h"

namespace strata {
namespace {

constexpr double kMiB = 1048576.0;  // bytes

/// How a block reaches a device that takes one segment a request: as so many requests, handed over
/// at once. The host reads ahead of them, so that it waits for its own device less often.
struct Segments {
  double requests = 1;
  double device_reads = 1;
};

/// What one block asks of each place where requests wait for each other, ns.
struct Demands {
  double submit = 0;           ///< the thread that asks, with its kernel: one at a time
  double backend = 0;          ///< the hypervisor's device and what is beneath it: one at a time
  double bus = 0;              ///< moving the bytes off the device: one at a time
  double wake = 0;             ///< woken up and handed over, while nobody works
  double access = 0;           ///< the device's own latency: many at a time
  bool one_in_flight = false;  ///< the back end waits for each request before it takes the next
};

/// From which layer on requests are the hypervisor's; none: the number of layers.
std::size_t first_hypervisor(const StackFile& stack) {
  const auto it = std::find_if(stack.layers.begin(), stack.layers.end(),
                               [](const StackLayer& l) { return !l.layer.virtualization.empty(); });
  return static_cast<std::size_t>(it - stack.layers.begin());
}

const Sourced<Quantity>* parameter(const StackFile& stack, const std::string& name) {
  const std::size_t hypervisor = first_hypervisor(stack);
  if (hypervisor == stack.layers.size()) return nullptr;
  const auto& all = stack.layers[hypervisor].layer.parameters;
  const auto it = all.find(name);
  return it == all.end() ? nullptr : &it->second;
}

Segments segments(const StackFile& stack, Op op, double bytes, const Draws& draws) {
  Segments s;
  if (const auto* largest = parameter(stack, "block_segment"))
    s.requests = std::max(1.0, bytes / draws(*largest));
  if (const auto* reads = parameter(stack, "block_read_ahead"); reads && op == Op::block_read)
    s.device_reads = std::min(s.requests, draws(*reads));
  return s;
}

Demands demands(const StackModel& model, Op op, double bytes, const Draws& draws) {
  const StackFile& stack = model.stack();
  const std::size_t hypervisor = first_hypervisor(stack);
  const Segments split = segments(stack, op, bytes, draws);
  const System system = model.system(draws);
  const Totals totals = solve(system);
  Demands d;
  for (std::size_t i = 0; i < model.nodes().size(); ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    const double time = totals.waited(at) * system.latency(at);
    const std::string layer = model.graph()[model.nodes()[i].vertex].name;
    const auto it = std::find_if(stack.layers.begin(), stack.layers.end(),
                                 [&](const StackLayer& l) { return l.name == layer; });
    if (it != stack.layers.end()) {
      const auto place = static_cast<std::size_t>(it - stack.layers.begin());
      const double busy = std::min(time, totals.waited(at) * system.cpu.row(at).sum());
      const Row& row = *model.nodes()[i].row;
      // Bytes are moved once, however they are cut; what is left of the work comes once a request.
      const double bytewise =
          row.latency_per_byte ? draws(*row.latency_per_byte) * bytes * totals.waited(at) : 0;
      const double each = std::max(0.0, busy - bytewise);
      const double times = model.nodes()[i].op != op ? 1
                           : place > hypervisor      ? split.device_reads
                                                     : split.requests;
      (place >= hypervisor ? d.backend : d.submit) += busy + (times - 1) * each;
      d.wake += time - busy;
    } else if (model.nodes()[i].op == op && !model.nodes()[i].crossing) {  // the device
      const Row& row = *model.nodes()[i].row;
      const double moving =
          row.latency_per_byte ? draws(*row.latency_per_byte) * bytes * totals.waited(at) : 0;
      d.bus += moving;
      d.access += split.device_reads * (time - moving);
    } else {
      d.submit += time;  // crossings: the caller is stopped meanwhile
    }
  }
  if (hypervisor < stack.layers.size()) {
    // A VMM that is a device itself does so in one thread, by synchronous calls; asynchronous
    // engines came later (Firecracker 1.0, Cloud Hypervisor's io_uring).
    d.one_in_flight = stack.layers[hypervisor].layer.account == Account::vmm;
  }
  return d;
}

/// The back end that waits for each request is one station; else its parts work at once.
Loaded under_load(const Demands& d, int depth) {
  if (d.one_in_flight)
    return closed_network({d.submit, d.backend + d.bus + d.access}, d.wake, depth);
  return closed_network({d.submit, d.backend, d.bus}, d.wake + d.access, depth);
}

}  // namespace

Way way_of_block(const Question& q) {
  const auto dot = q.metric.find('.');
  const Op op = q.metric.substr(0, dot) == "block" ? Op::block_read : Op::block_write;
  const std::string part = q.metric.substr(dot + 1);
  const double bytes = q.size > 0 ? q.size : kUsualBlock;
  const auto& disk = q.machine->devices.at("disk");
  if (part == "latency" && q.quantile && !disk.jitter)
    return cannot(fmt::format("{} states no jitter of its disk, so {} has no quantiles",
                              q.machine->id, q.metric));
  Way way =
      through_layers(q, sized(op, bytes), [=, &disk](const StackModel& m, const Draws& draws) {
        const Demands d = demands(m, op, bytes, draws);
        const Loaded loaded = under_load(d, q.depth);
        if (part == "iops") return loaded.rate;
        if (part == "bandwidth") return loaded.rate * bytes / kMiB;
        double latency = loaded.latency;
        if (q.quantile) {
          // What varies is the device's own time; software is taken at its mean.
          const double cv = draws(*disk.jitter);
          latency += d.access * (quantile(LogNormal{1, cv}, *q.quantile) - 1);
        }
        return latency / 1e3;
      });
  for (const char* name : {"block_segment", "block_read_ahead"})
    if (const auto* number = parameter(*q.stack, name); way.lacks.empty() && number)
      way.rests.push_back({std::string("hypervisor.") + name, number->source});
  if (way.lacks.empty() && part == "latency" && q.quantile)
    way.rests.push_back({"machine.devices.disk.jitter", disk.jitter->source});
  return way;
}

}  // namespace strata
