#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <string>
#include <vector>

namespace strata {

/// A stack and a workload as numbers. Node i is one operation in one layer; node 0 is one unit of
/// the workload. `causes(i, j)` is how many operations j one operation i causes, `waits(i, j)` how
/// many of them it waits for.
///
/// All counts solve y = x + Bᵀ y with x the first unit vector. Latency to the application is the
/// waited-for counts times each node's own latency, CPU all counts times its own CPU.
struct System {
  Eigen::SparseMatrix<double> causes;
  Eigen::SparseMatrix<double> waits;
  Eigen::VectorXd latency;          ///< ns, own
  Eigen::MatrixXd cpu;              ///< ns, own: nodes x accounts
  Eigen::VectorXd crossings;        ///< 1 for nodes that stand for a crossing
  Eigen::VectorXd copies;           ///< own
  std::vector<std::string> labels;  ///< "layer.operation"

  Eigen::Index size() const { return latency.size(); }
};

/// What one unit of the workload costs in all.
struct Totals {
  double latency = 0;   ///< ns to the application
  Eigen::VectorXd cpu;  ///< ns by account
  double crossings = 0;
  double copies = 0;
  Eigen::VectorXd counts;  ///< of every node, waited for or not
  Eigen::VectorXd waited;  ///< of every node, waited for
};

/// Solves the system. Throws std::domain_error when a cycle never dies out, as it may in a draw of
/// the parameters although find_runaway() found none at their stated values.
Totals solve(const System& system);

/// The system without these nodes, whose costs are folded into those that remain (the Schur
/// complement): totals are unchanged, in whatever order nodes are eliminated. Node 0 must stay.
System eliminate(const System& system, const std::vector<Eigen::Index>& nodes);

/// A cycle of operations that causes at least one of itself, as "a.x -> b.y -> a.x" with its
/// spectral radius; empty when every cycle dies out and the counts are finite.
std::string find_runaway(const System& system);

/// T = T0 / (1 - rho): latency when a share rho of the processor goes to housekeeping. Throws
/// std::domain_error when rho is 1 or more, as a draw of the parameters may make it.
double stretched(double latency, double rho);

}  // namespace strata
