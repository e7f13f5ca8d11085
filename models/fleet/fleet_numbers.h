#pragma once

#include <string>
#include <vector>

#include "models/fleet/carbon.h"
#include "models/fleet/faas.h"
#include "models/study/cost_file.h"

namespace strata {

/// One answer about a fleet, in the unit of its metric.
struct FleetNumber {
  std::string metric;
  std::string statistic;
  double value = 0;
};

/// What a trace played on a fleet means for one draw of the parameters.
///
/// The trace is played once, at stated values. What depends on the ledger (memory), on the stack's
/// tax on CPU time and on prices is linear in what was counted, so that `drawn`, the closed form at
/// that draw, takes its place exactly, as long as the draw would not have moved when calls end;
/// latencies of starts are scaled by the closed form's critical path. `drawn` of trial 0 is the
/// surface that was played.
///
/// The carbon of energy is that of the hours it is drawn in, the play beginning with the first of
/// `carbon`; where that is empty, of the constant in `costs`. What the cores' use draws is spread
/// over the hours as the cores were in use in the play, the rest evenly. Throws
/// std::invalid_argument when the play is longer than `carbon`.
std::vector<FleetNumber> fleet_numbers(const FaasTotals& totals, const FaasSetup& setup,
                                       const Surface& drawn, const CostFile& costs,
                                       const Draws& draws, const CarbonHours& carbon = {});

}  // namespace strata
