#pragma once

#include "models/layers/draws.h"
#include "models/study/machine_file.h"
#include "models/study/workload_file.h"

namespace strata {

/// What stands between a program's memory accesses and the machine.
struct Partition {
  const Translation* translation = nullptr;  ///< the second one; nothing: there is none
  const Neighbours* neighbours = nullptr;    ///< nothing: the other cores are idle
};

/// One run of a program, ns, by what it is spent on.
struct ProgramTime {
  double work = 0;    ///< in the core
  double cache = 0;   ///< at the last-level cache, walks of page tables included
  double memory = 0;  ///< beyond it
  double total() const { return work + cache + memory; }
};

/// The time of one run, from the program's counts and what each access costs on that machine.
///
/// Beside neighbours who share the cache it loses lines it has not used for long, takes room from
/// them, and waits longer at memory, by `next_beside` (shared_cache.h). A guest whose pages lie in
/// a share of the cache of their own keeps its lines, and has less room. Memory is everybody's.
/// That a cache others are busy at answers later is not in here.
ProgramTime program_time(const Program& program, double counts, const MachineFile& machine,
                         const Partition& partition, const Draws& draws);

}  // namespace strata
