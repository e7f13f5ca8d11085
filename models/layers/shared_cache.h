#pragma once

#include <functional>

#include "models/layers/draws.h"
#include "models/study/machine_file.h"
#include "models/study/workload_file.h"

namespace strata {

/// One draw of a last-level cache and of cores that go through memory of their own behind it; ns
/// and lines.
struct SharedCache {
  double lines, sets;          ///< of the cache
  double ours;                 ///< share of it that is the program's alone; 1: all is shared
  double cores, theirs, line;  ///< neighbours, their lines, from one to the next if it is there
  double streamed, fits, spilling;  ///< as MemoryPath's streamed, beside and spilling
};

SharedCache shared_cache(const MemoryPath& path, const Neighbours& neighbours, double ours,
                         const Draws& draws);

/// How a program finds cache and memory beside its neighbours.
struct CacheBeside {
  double kept;     ///< ns that a line it does not use stays in the cache; infinite: for good
  double spilled;  ///< share of the neighbours' accesses that find no line there
  double beyond;   ///< ns of going on to memory
};

/// Where nothing is evicted and the neighbours' lines fit: where the search begins.
CacheBeside undisturbed(const SharedCache& cache);

/// One step towards the state in which all three agree, for a program that touches `lines(t)`
/// different lines in t ns. The line unused for longest goes first, as in the caches in which the
/// programs were counted. The core's manual names no order; that of what a handler left for 10 ms
/// nearly nothing was found beside two sweeping cores (sph23-0047) agrees with it.
///
/// - kept: the time in which program and neighbours together touch as many lines as the cache
///   holds (Che, Tung and Wang, IEEE JSAC 20(7), 2002); neighbours never touch more than they have.
/// - spilled: neighbours come back to a line when they have been round all, and find it unless the
///   program has used more other lines of its set meanwhile than they leave free; its lines are
///   spread at random (Poisson).
/// - beyond: an access meets at memory what the neighbours have there, which is rate times latency
///   (Little): linear in it between neighbours whose lines fit and ones that always miss. It takes
///   as long beside any number of them as beside those that `spilling` was measured with (zcu104:
///   two cores): how the two would scale nobody measured.
CacheBeside next_beside(const CacheBeside& now, const SharedCache& cache,
                        const std::function<double(double)>& lines);

}  // namespace strata
