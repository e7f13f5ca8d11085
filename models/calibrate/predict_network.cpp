#include <fmt/format.h>

#include <algorithm>

#include "models/calibrate/predict_operation.h"

namespace strata {
namespace {

/// What Ethernet adds to a frame on the wire: preamble 8, check sequence 4, gap 12 (IEEE 802.3).
constexpr double kFraming = 24;
/// What Linux hands to a driver as one, and gathers as one: the largest IP packet (generic
/// segmentation and receive offload).
constexpr double kSegment = 65536;

/// How often a ping is sent unless it is told otherwise (ping(8), -i).
constexpr double kPingInterval = 1e9;  // ns
/// Of an ICMP echo with ping's default of 56 bytes: 8 of ICMP, 20 of IP, 14 of Ethernet more.
constexpr double kEcho = 98;

/// One worker that never waits for the other end: each account works on a core of its own, so the
/// busiest of them, or the caller's own way, sets the pace. Per second.
double pipelined_rate(const StackModel& model, const Draws& draws) {
  const Totals totals = solve(model.system(draws));
  return 1e9 /
         std::max(stretched(totals.latency, model.housekeeping(draws)), totals.cpu.maxCoeff());
}

/// The same to or from a process of the host: what is taken in on the way is the back end's work.
double pipelined_rate_on_host(const StackModel& model, const Draws& draws, const Wakers& wakers) {
  if (!wakers.any()) return pipelined_rate(model, draws);
  const Stations work = wakers.in_bulk(model, draws);
  return 1e9 / std::max(stretched(work.caller, model.housekeeping(draws)), work.backend);
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
  const double size = q.size > 0 ? q.size : kUsualPacket;
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
  const Wakers wakers(*q.stack, *q.machine, !wire);
  Way way = through_wakers(q, sized(in ? Op::packet_receive : Op::packet_send, bytes), wakers,
                           [bytes, wakers, wire](const StackModel& model, const Draws& draws) {
                             const double rate =
                                 pipelined_rate_on_host(model, draws, wakers) * bytes;
                             return (wire ? std::min(rate, draws(wire->rate)) : rate) * 8 / 1e9;
                           });
  if (wire && way.lacks.empty())
    way.rests.push_back({"machine.devices.nic.rate", wire->rate.source});
  return way;
}

/// A lone packet there and back.
Way ping(const Question& q) {
  WorkloadFile echo = sized(Op::packet_send, kEcho);
  const WorkloadFile other = sized(Op::packet_receive, kEcho);
  echo.ops.insert(other.ops.begin(), other.ops.end());
  echo.bytes.insert(other.bytes.begin(), other.bytes.end());
  const Wakers wakers(*q.stack, *q.machine, true);
  return through_wakers(q, std::move(echo), wakers,
                        [wakers](const StackModel& model, const Draws& draws) {
                          return wakers.round_trip(model, draws, kPingInterval) / 1e3;
                        });
}

}  // namespace

Way way_of_network(const Question& q) {
  if (q.metric == "net.packets") return packets(q);
  return q.metric == "net.rtt" ? ping(q) : bulk(q);
}

}  // namespace strata
