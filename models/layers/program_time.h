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

/// What going on from the last-level cache to memory takes there: more beside cores that keep the
/// cache busy, and more again beside cores whose memory does not fit in what is theirs of it.
const Sourced<Duration>& beyond_cache(const MachineFile& machine, const Partition& partition,
                                      const Draws& draws);

/// The time of one run, from the program's counts and what each access costs on that machine.
///
/// Neighbours who share the cache evict a line that its owner has not used while they touched as
/// many lines as the cache holds (least recently used, as in Che, Tung and Wang, IEEE JSAC 20(7),
/// 2002). A guest whose pages lie in a share of the cache of their own keeps its lines, and has
/// less room. Memory is everybody's. That a cache others are busy at answers later is not in here.
ProgramTime program_time(const Program& program, double counts, const MachineFile& machine,
                         const Partition& partition, const Draws& draws);

}  // namespace strata
