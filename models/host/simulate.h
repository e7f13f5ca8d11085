#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/host/boot_run.h"
#include "models/layers/stack_model.h"
#include "models/study/catalog.h"

namespace strata {

/// A cell of a scenario with the files its names stand for. They must outlive it.
struct CellFiles {
  Cell cell;
  const StackFile* stack = nullptr;
  const MachineFile* machine = nullptr;
  const WorkloadFile* workload = nullptr;          ///< nothing when the scenario names none
  const std::vector<Arrival>* arrivals = nullptr;  ///< nothing when it replays none
  const Overlay* overlay = nullptr;                ///< whose numbers hang together; nothing: none
};

/// One number of one trial.
struct Statistic {
  std::string metric;
  std::string statistic;  ///< value, median, p1, p99, mean, max; assumed_share in trial 0
  double value = 0;       ///< in unit_of(metric); a share for assumed_share
  int instances = 0;      ///< the axis, where the metric has it
};

struct TrialResult {
  std::vector<Statistic> statistics;
  std::vector<Span> spans;               ///< trial 0: of the first starts
  std::vector<std::string> phase_names;  ///< the spans' phases
};

/// Share of the critical path's time that rests on assumed numbers.
double assumed_share(const BootPlan& plan, const MachineFile& machine, const Draws& draws);
/// Share of the CPU time that rows with assumed prices account for.
double assumed_share(const StackModel& model, const System& system, const Totals& totals);

/// Mistakes that only show when stack, machine and workload meet: what a cell needs and lacks.
void check_cell(const Scenario& scenario, const CellFiles& files, Issues& issues);

/// Plays one trial of one cell and measures what the scenario asks for. Trial 0 takes every
/// parameter as stated, the others draw them. Makes the process's Timeline when boots or arrivals
/// are asked for, so call it in a forked worker.
TrialResult simulate(const Scenario& scenario, const CellFiles& files, int trial);

}  // namespace strata
