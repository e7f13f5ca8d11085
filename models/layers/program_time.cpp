#include "models/layers/program_time.h"

#include <algorithm>
#include <cmath>

namespace strata {
namespace {

constexpr double kLine = 64;             // bytes
constexpr double kLargePage = 2097152;   // bytes, to which the counts over large pages belong
constexpr double kFirstBinEnds = 16384;  // instructions; each further bin ends at twice as many

/// The share of the accesses whose line was last used longer ago than so many instructions; within
/// a bin the logarithm is spread evenly.
double share_older(const PastTheCore& past, double instructions) {
  double older = 0, all = 0;
  double end = kFirstBinEnds;
  for (std::size_t b = 0; b < past.by.size(); ++b, end *= 2) {
    const auto n = static_cast<double>(past.by[b]);
    all += n;
    const bool last = b + 1 == past.by.size();
    older += last ? n : n * std::clamp(std::log2(end / instructions), 0.0, 1.0);
  }
  return all > 0 ? older / all : 0;
}

/// Accesses that find no line in a share of the cache, from all of it to half of it and beyond on
/// the same line.
double missed(const PastTheCore& past, double share) {
  const double more = (past.missed_in_half - past.missed) * (1 - share) / 0.5;
  return std::clamp(past.missed + more, 0.0, past.accesses);
}

}  // namespace

const Sourced<Duration>& beyond_cache(const MachineFile& machine, const Partition& partition,
                                      const Draws& draws) {
  const MemoryPath& path = *machine.memory_path;
  const Neighbours* n = partition.neighbours;
  if (!n) return path.alone;
  const double ours = partition.translation ? draws(partition.translation->cache) : 1;
  const double theirs = draws(path.cache) * (ours < 1 ? 1 - ours : 1);
  return draws(n->memory) > theirs ? path.spilling : path.beside;
}

ProgramTime program_time(const Program& program, double counts, const MachineFile& machine,
                         const Partition& partition, const Draws& draws) {
  const MemoryPath& path = *machine.memory_path;
  const Translation* second = partition.translation;
  const double share = second ? draws(second->cache) : 1;
  const double hit = draws(path.hit);
  const double beyond = draws(beyond_cache(machine, partition, draws));
  double kept = INFINITY;  // ns that an unused line stays in the cache
  if (const Neighbours* n = partition.neighbours) {
    if (share == 1) kept = draws(path.cache) / kLine / draws(n->cores) * draws(n->line);
  }

  ProgramTime t;
  t.work = program.instructions * draws(path.work) / draws(machine.clock) * 1e9;
  // How far the program gets in a time is known from a run of its own.
  const double pace =
      partition.neighbours
          ? program.instructions / program_time(program, counts, machine, {}, draws).total()
          : 0;  // instructions per ns
  const auto spend = [&](const PastTheCore& past, double weight) {
    const double evicted =
        std::isfinite(kept) ? past.accesses * share_older(past, kept * pace) : 0.0;
    const double gone = std::max(missed(past, share), evicted);
    t.cache += counts * weight * past.accesses * hit;
    t.memory += counts * weight * gone * beyond;
    return past.accesses > 0 ? gone / past.accesses : 0;
  };
  const double single_missed = spend(program.single, 1);  // share of them
  spend(program.streamed, draws(path.streamed));

  // A walk's own fetch is one of the single accesses; what a second translation adds is not.
  if (second) {
    const bool large = draws(second->page) >= kLargePage;
    const double walks = large ? 0 : program.walks_over_small - program.walks_over_large;
    const double fetches = large ? program.fetches_over_large : program.fetches_over_small;
    const double more = counts * (walks + fetches);
    t.cache += more * hit;
    t.memory += more * single_missed * beyond;
  }
  return t;
}

}  // namespace strata
