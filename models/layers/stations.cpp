#include "models/layers/stations.h"

#include <string>

namespace strata {

Split::Split(const StackModel& model, const Draws& draws, double deliver)
    : size_(static_cast<Eigen::Index>(model.nodes().size())) {
  const System system = model.system(draws);
  waited_ = system.latency;
  worked_ = system.cpu.rowwise().sum();
  const std::string last = model.stack().layers.back().name;
  for (Eigen::Index i = 0; i < size_; ++i) {
    const OpNode& n = model.nodes()[static_cast<std::size_t>(i)];
    if (n.op != Op::packet_send || model.graph()[n.vertex].name != last) continue;
    waited_(i) += deliver;
    worked_(i) += deliver;
  }
  for (const OpLink& link : model.links()) {
    const Cause& cause = *link.cause;
    Kind kind = Kind::always;
    if (cause.batched && cause.op == Op::doorbell) kind = Kind::kick;
    if (cause.batched && cause.op == Op::interrupt) kind = Kind::interrupt;
    links_.push_back({static_cast<int>(link.from), static_cast<int>(link.to),
                      kind == Kind::always ? model.times(link, draws) : draws(cause.count), kind,
                      cause.asynchronous, cause.direction == Cause::Direction::above});
  }
}

/// Every operation stands twice in the system, once a station.
Stations Split::at(const Notifications& under_load) const {
  System twice;
  twice.latency = twice.crossings = twice.copies = Eigen::VectorXd::Zero(2 * size_);
  twice.cpu = Eigen::MatrixXd::Zero(2 * size_, 2);
  twice.cpu.col(0).head(size_) = waited_;
  twice.cpu.col(1).tail(size_) = worked_;
  std::vector<Eigen::Triplet<double>> causes;
  const int other = static_cast<int>(size_);
  for (const Link& link : links_) {
    const double times = link.kind == Kind::kick        ? link.count * under_load.kicks
                         : link.kind == Kind::interrupt ? link.count * under_load.interrupts
                                                        : link.count;
    for (const int from : {0, other}) {
      const int to = link.above ? 0 : link.asynchronous ? other : from;
      causes.emplace_back(link.from + from, link.to + to, times);
    }
  }
  twice.causes.resize(2 * size_, 2 * size_);
  twice.causes.setFromTriplets(causes.begin(), causes.end());
  twice.waits = twice.causes;
  const Totals totals = solve(twice);
  return {totals.cpu(0), totals.cpu(1)};
}

}  // namespace strata
