#include "models/layers/program_time.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/layers/shared_cache.h"

namespace strata {
namespace {

constexpr double kLargePage = 2097152;   // bytes, to which the counts over large pages belong
constexpr double kFirstBinEnds = 16384;  // instructions; each further bin ends at twice as many
constexpr int kMostRounds = 100;         // of the fixed point; some 20 are usual
constexpr double kClose = 1e-6;          // how near it is near enough

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

/// Different lines that a program touches in so many instructions: the integral of how many
/// accesses an instruction makes to older ones (Denning and Schwartz, CACM 15(3), 1972).
double touched(const Program& program, double instructions) {
  const double x = std::min(instructions, program.instructions);
  double lines = 0;
  for (const PastTheCore* past : {&program.single, &program.streamed}) {
    double end = kFirstBinEnds;
    for (std::size_t b = 0; b < past->by.size(); ++b, end *= 2) {
      const double older = b + 1 == past->by.size() || x <= end / 2 ? x
                           : x >= end
                               ? end / 2 * std::numbers::log2e
                               : x * std::log2(end / x) + (x - end / 2) * std::numbers::log2e;
      lines += static_cast<double>(past->by[b]) * older / program.instructions;
    }
  }
  return lines;
}

/// A program and where it runs, for one draw.
struct Run {
  const Program& program;
  double counts, work, share, hit, streamed;
  bool second = false, large = false;  ///< a second translation, over large pages
};

/// The time of a run whose lines stay in the cache for so many instructions.
ProgramTime time_of(const Run& run, double kept, double beyond) {
  ProgramTime t;
  t.work = run.work;
  const auto spend = [&](const PastTheCore& past, double weight) {
    const double evicted = std::isfinite(kept) ? past.accesses * share_older(past, kept) : 0;
    const double gone = std::max(missed(past, run.share), evicted);
    t.cache += run.counts * weight * past.accesses * run.hit;
    t.memory += run.counts * weight * gone * beyond;
    return past.accesses > 0 ? gone / past.accesses : 0;
  };
  const double single_missed = spend(run.program.single, 1);  // share of them
  spend(run.program.streamed, run.streamed);

  // A walk's own fetch is one of the single accesses; what a second translation adds is not.
  if (run.second) {
    const Program& p = run.program;
    const double walks = run.large ? 0 : p.walks_over_small - p.walks_over_large;
    const double fetches = run.large ? p.fetches_over_large : p.fetches_over_small;
    const double more = run.counts * (walks + fetches);
    t.cache += more * run.hit;
    t.memory += more * single_missed * beyond;
  }
  return t;
}

/// The time beside neighbours: how far the program gets while its lines stay follows from its time.
ProgramTime time_beside(const Run& run, const SharedCache& cache) {
  CacheBeside beside = undisturbed(cache);
  ProgramTime t = time_of(run, beside.kept, beside.beyond);
  double total = t.total();
  for (int round = 0; round < kMostRounds; ++round) {
    const double pace = run.program.instructions / total;  // an ns
    beside = next_beside(beside, cache,
                         [&](double ns) { return run.counts * touched(run.program, ns * pace); });
    t = time_of(run, beside.kept * pace, beside.beyond);
    if (std::abs(t.total() / total - 1) < kClose) break;
    total = std::sqrt(total * t.total());
  }
  return t;
}

}  // namespace

ProgramTime program_time(const Program& program, double counts, const MachineFile& machine,
                         const Partition& partition, const Draws& draws) {
  const MemoryPath& path = *machine.memory_path;
  const Translation* second = partition.translation;
  const Run run{program,
                counts,
                program.instructions * draws(path.work) / draws(machine.clock) * 1e9,
                second ? draws(second->cache) : 1,
                draws(path.hit),
                draws(path.streamed),
                second != nullptr,
                second && draws(second->page) >= kLargePage};
  if (!partition.neighbours) return time_of(run, INFINITY, draws(path.alone));
  return time_beside(run, shared_cache(path, *partition.neighbours, run.share, draws));
}

}  // namespace strata
