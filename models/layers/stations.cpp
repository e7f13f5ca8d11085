#include "models/layers/stations.h"

#include <set>
#include <string>

namespace strata {

namespace {

bool of_guest(const OpNode& n, Vertex machine) {
  return n.vertex != machine && (n.account == Account::guest || n.account == Account::app);
}

/// The causes by which packets reach the machine.
std::set<const Cause*> to_the_wire(const StackModel& model) {
  std::set<const Cause*> out;
  for (const OpLink& link : model.links()) {
    const OpNode& to = model.nodes()[link.to];
    const bool packet = to.op == Op::packet_send || to.op == Op::packet_receive;
    if (packet && to.vertex == machine_of(model.graph())) out.insert(link.cause);
  }
  return out;
}

}  // namespace

Split::Split(const StackModel& model, const Draws& draws, std::optional<double> deliver)
    : size_(static_cast<Eigen::Index>(model.nodes().size())) {
  const System system = model.system(draws);
  waited_ = system.latency;
  worked_ = system.cpu.rowwise().sum();
  const std::string last = model.stack().layers.back().name;
  for (Eigen::Index i = 0; i < size_; ++i) {
    const OpNode& n = model.nodes()[static_cast<std::size_t>(i)];
    if (n.op != Op::packet_send || model.graph()[n.vertex].name != last) continue;
    waited_(i) += deliver.value_or(0);
    worked_(i) += deliver.value_or(0);
  }
  const Vertex machine = machine_of(model.graph());
  const std::set<const Cause*> wire = deliver ? to_the_wire(model) : std::set<const Cause*>{};
  for (const OpLink& link : model.links()) {
    const Cause& cause = *link.cause;
    if (wire.contains(&cause)) continue;
    const OpNode& from = model.nodes()[link.from];
    const OpNode& to = model.nodes()[link.to];
    const bool raised =
        cause.op == Op::interrupt && from.vertex == machine && !of_guest(to, machine);
    if (raised && model.graph()[to.vertex].name != last) continue;  // a switch polls its NIC
    Kind kind = Kind::always;
    if (cause.batched && cause.op == Op::doorbell && of_guest(from, machine)) kind = Kind::kick;
    if (cause.batched && cause.op == Op::interrupt && !raised) kind = Kind::interrupt;
    links_.push_back({static_cast<int>(link.from), static_cast<int>(link.to),
                      kind == Kind::always ? model.times(link, draws) : draws(cause.count), kind,
                      cause.asynchronous,
                      cause.direction == Cause::Direction::above && of_guest(to, machine)});
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
      const int to = link.to_guest ? 0 : link.asynchronous ? other : from;
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
