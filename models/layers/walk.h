#pragma once

#include <string>
#include <vector>

#include "models/layers/stack_model.h"

namespace strata {

/// One step of the walk an operation takes through the layers: an operation in a layer, or a
/// crossing between two.
struct WalkStep {
  int depth = 0;
  std::string layer;
  std::string what;    ///< operation or crossing
  double times = 0;    ///< how often, per unit of the workload
  double latency = 0;  ///< ns in all that the application waits for; 0 when asynchronous
  double cpu = 0;      ///< ns in all, whoever pays
  Account account{};   ///< who pays most of it
  double copies = 0;
  bool crossing = false;
  bool asynchronous = false;  ///< nobody above waits for it
  Evidence evidence{};
  std::string source;  ///< where its price comes from
};

/// The walk of one unit (cut short where a cycle makes it endless) of the workload, depth first in the order causes are written. Summed over
/// the steps, latency, cpu, crossings and copies are solve()'s totals.
std::vector<WalkStep> walk(const StackModel& model, const Draws& draws);

}  // namespace strata
