#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/calibrate/predict.h"
#include "models/layers/draws.h"

namespace strata {

/// How one question is answered; made once, asked once a draw. The question must outlive it.
struct Way {
  std::string lacks;                       ///< why there is no way; empty: there is
  std::function<double(const Draws&)> at;  ///< nothing for boots: they are simulated
  std::vector<Ground> rests;
  double assumed_share = 0;
};

/// Bytes of one block or packet, where a question or a published row says none.
inline constexpr double kUsualBlock = 4096, kUsualPacket = 64;

/// Whether one of the layers runs guests.
bool runs_guests(const StackFile& stack);

inline Way cannot(std::string why) { return {std::move(why), nullptr, {}, 0}; }

/// One operation, or one unit of a workload, through the layers: a closed form.
Way way_of_operation(const Question& q);
/// Blocks, alone or with more than one in flight.
Way way_of_block(const Question& q);
/// Packets of one size, or bulk streams.
Way way_of_network(const Question& q);
/// A crossing between layers, its handler's own work left out.
Way way_of_crossing(const Question& q);
/// Programs whose memory accesses are counted, against the same on the plain machine.
Way way_of_programs(const Question& q);
/// Memory, by the host's ledger.
Way way_of_memory(const Question& q);
/// The memory of an instance's guest, B: as asked for, else the least that holds it.
double guest_memory(const Question& q, const Draws& draws);
/// Writing a running instance down, or moving it to another host.
Way way_of_moving(const Question& q);
/// What is shipped.
Way way_of_image(const Question& q);
/// Starts: only whether they can be simulated, and what they rest on.
Way way_of_boot(const Question& q);

/// The kind of quantity a metric is, as far as laboratories differ in it; empty: in none.
std::string kind_of(const std::string& metric);

/// What each set of the hypercube shares, from set 1 on, in questions of that kind.
std::vector<Joint> joints(const DrawPlan& sampling, const std::string& kind);

/// Simulates the starts that these questions are about and puts value and draws into `out`; their
/// draws share `joint`.
void predict_starts(const std::vector<Question>& questions, const std::vector<std::size_t>& which,
                    const DrawPlan& sampling, const std::vector<Joint>& joint,
                    std::vector<Prediction>& out);

}  // namespace strata
