#include <fmt/format.h>

#include <algorithm>

#include "models/calibrate/predict_operation.h"

namespace strata {
namespace {

constexpr double kPacket = 64;
/// What Ethernet adds to a frame on the wire: preamble 8, check sequence 4, gap 12 (IEEE 802.3).
constexpr double kFraming = 24;
/// What Linux hands to a driver as one, and gathers as one: the largest IP packet (generic
/// segmentation and receive offload).
constexpr double kSegment = 65536;

/// One worker that never waits for the other end: each account works on a core of its own, so the
/// busiest of them, or the caller's own way, sets the pace. Per second.
double pipelined_rate(const StackModel& model, const Draws& draws) {
  const Totals totals = solve(model.system(draws));
  return 1e9 /
         std::max(stretched(totals.latency, model.housekeeping(draws)), totals.cpu.maxCoeff());
}

/// Whether the application is served by a kernel of the kernel model, not by a library.
bool served_by_kernel(const StackFile& stack) {
  for (const StackLayer& layer : stack.layers) {
    if (layer.layer.model == "kernel") return true;
    if (layer.layer.model == "unikernel" || !layer.layer.virtualization.empty()) return false;
  }
  return false;
}

/// Packets of one size, bounded by the machine's network.
Way packets(const Question& q) {
  const double size = q.size > 0 ? q.size : kPacket;
  const DeviceFile& nic = q.machine->devices.at("nic");
  Way way = through_layers(q, sized(Op::packet_send, size),
                           [size, &nic](const StackModel& model, const Draws& draws) {
                             const double wire = draws(nic.rate) / (size + kFraming);
                             return std::min(pipelined_rate(model, draws), wire);
                           });
  if (way.lacks.empty()) way.rests.push_back({"machine.devices.nic.rate", nic.rate.source});
  return way;
}

/// Bulk streams between the instance and its host, so that no wire is in the way; or, where the
/// metric says so, to another machine, whose wire bounds them.
Way bulk(const Question& q) {
  // Without offloads a segment is a frame, and library kernels do not state theirs.
  if (!served_by_kernel(*q.stack))
    return cannot(fmt::format("{} cannot express {}: its kernel's largest segment is not known",
                              q.stack->id, q.metric));
  const bool in = q.metric.starts_with("net.throughput.in");
  const double bytes = q.size > 0 ? q.size : kSegment;
  const DeviceFile* wire = q.metric.ends_with(".wire") ? &q.machine->devices.at("nic") : nullptr;
  Way way = through_layers(q, sized(in ? Op::packet_receive : Op::packet_send, bytes),
                           [bytes, wire](const StackModel& model, const Draws& draws) {
                             const double rate = pipelined_rate(model, draws) * bytes;
                             return (wire ? std::min(rate, draws(wire->rate)) : rate) * 8 / 1e9;
                           });
  if (wire && way.lacks.empty())
    way.rests.push_back({"machine.devices.nic.rate", wire->rate.source});
  return way;
}

}  // namespace

Way way_of_network(const Question& q) { return q.metric == "net.packets" ? packets(q) : bulk(q); }

}  // namespace strata
