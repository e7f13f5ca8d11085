#include "models/layers/stations.h"

#include <vector>

namespace strata {
namespace {

/// Station of what a link causes; 0 the caller, 1 the back end.
int station_of(const OpLink& link, int from) {
  if (link.cause->direction == Cause::Direction::above) return 0;
  return link.cause->asynchronous ? 1 : from;
}

/// Every operation once a station: how often one unit causes it there.
Eigen::VectorXd counts_by_station(const StackModel& model, const Draws& draws,
                                  const Notifications& under_load) {
  const auto size = static_cast<int>(model.nodes().size());
  System twice;
  twice.latency = twice.crossings = twice.copies = Eigen::VectorXd::Zero(2 * size);
  twice.cpu = Eigen::MatrixXd::Zero(2 * size, kAccounts);
  std::vector<Eigen::Triplet<double>> causes;
  for (const OpLink& link : model.links())
    for (const int from : {0, 1})
      causes.emplace_back(static_cast<int>(link.from) + from * size,
                          static_cast<int>(link.to) + station_of(link, from) * size,
                          model.times(link, draws, under_load));
  twice.causes.resize(2 * size, 2 * size);
  twice.causes.setFromTriplets(causes.begin(), causes.end());
  twice.waits = twice.causes;
  return solve(twice).counts;
}

}  // namespace

Stations stations(const StackModel& model, const Draws& draws, const Notifications& under_load,
                  double deliver) {
  const Eigen::VectorXd counts = counts_by_station(model, draws, under_load);
  const std::size_t size = model.nodes().size();
  const std::string last = model.stack().layers.back().name;
  Stations out;
  for (std::size_t i = 0; i < size; ++i) {
    const OpNode& n = model.nodes()[i];
    const bool leaves = n.op == Op::packet_send && model.graph()[n.vertex].name == last;
    double cpu = 0;
    for (int a = 0; a < kAccounts; ++a) cpu += model.own_cpu(i, static_cast<Account>(a), draws);
    const double more = leaves ? deliver : 0;
    out.caller += counts(static_cast<Eigen::Index>(i)) * (model.own_latency(i, draws) + more);
    out.backend += counts(static_cast<Eigen::Index>(size + i)) * (cpu + more);
  }
  return out;
}

}  // namespace strata
