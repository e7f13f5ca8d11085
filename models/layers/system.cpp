#include "models/layers/system.h"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/SparseLU>
#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <map>
#include <numeric>
#include <stdexcept>

namespace strata {
namespace {

using Sparse = Eigen::SparseMatrix<double>;
using Eigen::Index;

/// y = e0 + Bᵀ y
Eigen::VectorXd counts(const Sparse& b) {
  Sparse identity(b.rows(), b.cols());
  identity.setIdentity();
  Sparse system = identity - Sparse(b.transpose());
  system.makeCompressed();
  Eigen::SparseLU<Sparse> solver(system);
  Eigen::VectorXd x = Eigen::VectorXd::Zero(b.rows());
  x(0) = 1;
  const Eigen::VectorXd y = solver.solve(x);
  // With a spectral radius below one, (I - Bᵀ) has a nonnegative inverse; beyond, it has not.
  if (solver.info() != Eigen::Success || !(y.minCoeff() >= -1e-9))
    throw std::domain_error("operations cause each other without end");
  return y;
}

struct Blocks {
  Eigen::MatrixXd kept, to_gone, gone, from_gone;
};

Blocks blocks(const Sparse& b, const std::vector<Index>& keep, const std::vector<Index>& gone) {
  const Eigen::MatrixXd dense(b);
  return {dense(keep, keep), dense(keep, gone), dense(gone, gone), dense(gone, keep)};
}

}  // namespace

double stretched(double latency, double rho) {
  if (!(rho < 1)) throw std::domain_error("housekeeping takes all of a vCPU and more");
  return latency / (1 - rho);
}

Totals solve(const System& system) {
  Totals totals;
  totals.counts = counts(system.causes);
  totals.waited = counts(system.waits);
  totals.latency = totals.waited.dot(system.latency);
  totals.cpu = system.cpu.transpose() * totals.counts;
  totals.crossings = totals.counts.dot(system.crossings);
  totals.copies = totals.counts.dot(system.copies);
  return totals;
}

System eliminate(const System& system, const std::vector<Index>& nodes) {
  std::vector<Index> keep;
  for (Index i = 0; i < system.size(); ++i)
    if (std::find(nodes.begin(), nodes.end(), i) == nodes.end()) keep.push_back(i);

  // One operation of a kept node causes W = B_kg (I - B_gg)^-1 of the ones that go.
  const auto folded = [&](const Sparse& b, Eigen::MatrixXd& w) {
    const Blocks parts = blocks(b, keep, nodes);
    const auto size = static_cast<Index>(nodes.size());
    const Eigen::MatrixXd inner = Eigen::MatrixXd::Identity(size, size) - parts.gone;
    w = inner.transpose().partialPivLu().solve(parts.to_gone.transpose()).transpose();
    return Sparse((parts.kept + w * parts.from_gone).sparseView());
  };
  System out;
  Eigen::MatrixXd caused, waited;
  out.causes = folded(system.causes, caused);
  out.waits = folded(system.waits, waited);
  out.latency = system.latency(keep) + waited * system.latency(nodes);
  out.cpu = system.cpu(keep, Eigen::all) + caused * system.cpu(nodes, Eigen::all);
  out.crossings = system.crossings(keep) + caused * system.crossings(nodes);
  out.copies = system.copies(keep) + caused * system.copies(nodes);
  for (const Index i : keep) out.labels.push_back(system.labels[static_cast<std::size_t>(i)]);
  return out;
}

std::string find_runaway(const System& system) {
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> graph(
      static_cast<std::size_t>(system.size()));
  for (int k = 0; k < system.causes.outerSize(); ++k)
    for (Sparse::InnerIterator it(system.causes, k); it; ++it)
      if (it.value() > 0)
        add_edge(static_cast<std::size_t>(it.row()), static_cast<std::size_t>(it.col()), graph);
  std::vector<int> component(static_cast<std::size_t>(system.size()));
  const int found = strong_components(graph, component.data());

  const Eigen::MatrixXd dense(system.causes);
  for (int c = 0; c < found; ++c) {
    std::vector<Index> members;
    for (Index i = 0; i < system.size(); ++i)
      if (component[static_cast<std::size_t>(i)] == c) members.push_back(i);
    const Eigen::MatrixXd part = dense(members, members);
    if (part.isZero()) continue;
    const double radius = part.eigenvalues().cwiseAbs().maxCoeff();
    if (radius < 1 - 1e-12) continue;
    // A cycle through the component: follow the strongest cause until a node comes back.
    std::vector<Index> path;
    Index at = 0;
    while (std::find(path.begin(), path.end(), at) == path.end()) {
      path.push_back(at);
      part.row(at).maxCoeff(&at);
    }
    std::string text;
    for (auto it = std::find(path.begin(), path.end(), at); it != path.end(); ++it)
      text +=
          system.labels[static_cast<std::size_t>(members[static_cast<std::size_t>(*it)])] + " -> ";
    text += system.labels[static_cast<std::size_t>(members[static_cast<std::size_t>(at)])];
    return fmt::format("{} causes {:.3g} of itself each time round, so it never ends", text,
                       radius);
  }
  return {};
}

}  // namespace strata
