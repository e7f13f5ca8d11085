#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/layers/draws.h"
#include "models/study/machine_file.h"
#include "models/study/stack_file.h"

namespace strata {

/// A phase of a boot with its numbers put in.
struct PlanPhase {
  std::string name;  ///< "layer.phase"
  Account account{};
  double cpu = 0;          ///< ns on one core, memory touched included
  double wait = 0;         ///< ns
  double per_running = 0;  ///< ns of cpu per instance already running
  double crowd = 0;        ///< share that each other start that is on the same side adds to cpu
  double spread = 0;       ///< coefficient of variation of crowd, from start to start
  double disk = 0;         ///< bytes
  double network = 0;      ///< bytes
  double jitter = 0;       ///< coefficient of variation of cpu and wait, from start to start
  std::string lock;        ///< held during cpu and wait; empty: none
  std::vector<std::size_t> after;  ///< earlier phases of the plan
  bool assumed = false;            ///< its largest number is assumed
};

/// A stack's boot as a graph of phases, each after the ones it depends on. The clock starts with
/// the exec of the launcher and stops when every phase is done, at the application's first mark.
///
/// Boot is max-plus, not linear, hence apart from the operation algebra: alone it is the critical
/// path; many at once contend on a simulated host (models/host).
struct BootPlan {
  std::vector<PlanPhase> phases;
  std::map<std::string, std::size_t> clocks;  ///< boot.NAME starts when that phase does
};

/// Whether a phase runs inside the guest: the first one to start is the first guest instruction.
inline bool in_guest(const PlanPhase& phase) {
  return phase.account == Account::guest || phase.account == Account::app;
}

/// The plan of one draw. Phases that state no `after` begin when all phases of the layers beneath
/// are done; the application's own come last. Precondition: check_boot() found no mistake.
BootPlan boot_plan(const StackFile& stack, const MachineFile& machine, const Draws& draws);

/// Phases, clocks or `after` that name nothing, and phases that wait for each other.
void check_boot(const StackFile& stack, Issues& issues);

/// When each phase ends if the instance is alone on the machine, ns: the longest path through the
/// graph (Boost.Graph), at the phases' own time without jitter.
std::vector<double> alone(const BootPlan& plan, const MachineFile& machine, const Draws& draws);

/// The phases on the longest path, in order.
std::vector<std::size_t> critical_path(const BootPlan& plan, const std::vector<double>& ends);

}  // namespace strata
