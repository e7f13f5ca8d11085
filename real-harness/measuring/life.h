#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "real-harness/runner.h"

namespace strata {

/// What a step said of itself, in its line "STEP ns=TOTAL count=N", with " sent=M" behind it where
/// fewer may arrive than were sent. Zeros for a step that answers nothing.
struct StepAnswer {
  double ns = 0, count = 0;
};

/// Where a number comes from, which also says what a life must be offered.
enum class From {
  marks,     ///< the host's clock at the instance's marks
  memory,    ///< the host's view of the payload's memory
  instance,  ///< an answer of the instance
  peer,      ///< an answer of the peer, which stands for the machine at the other end of the wire
  disk,      ///< an answer of an instance that has a disk
  promise,   ///< what the runner says it promises an instance
  total,     ///< several instances at once (marginal.h)
  slope,     ///< the same, at several counts
  burst,     ///< several starts at the same instant (at_once.h)
  density,   ///< as many instances as a budget of memory holds (at_once.h)
};

/// One metric: the step that measures it and how its answer becomes a number.
struct Probe {
  std::string metric;
  std::string unit;
  std::string about;
  std::string life;  ///< the kind of life: compute, network, disk; instances, merged for several
  From from = From::instance;
  std::vector<std::string> step;  ///< empty: any life has it
  std::function<double(const Outcome&, const StepAnswer&)> value;
  bool counted = false;  ///< means something only where the clock counts instructions
  bool merged = false;   ///< with the kernel's merging of equal pages
  int instances = 0;     ///< From::total: of so many at once; From::burst: of so many starts
  std::string statistic = "value";  ///< From::burst: which one of the starts
  double budget = 0;                ///< From::density: MiB
};

/// The name of a row's cell. Totals at different numbers of instances are different cells, and so
/// are bursts and their statistics; all other metrics have one, whatever number of instances told
/// it.
std::string cell_name(const std::string& metric, int instances, int burst = 0,
                      const std::string& statistic = "value");

/// The same of what a probe measures.
std::string cell_name(const Probe& probe);

/// Everything that can be measured, in the order in which it is. `quick` loops less.
std::vector<Probe> probes(bool quick);

/// Those that mean something under a runner's clock, in their units there: where the clock counts
/// instructions, one a nanosecond, only what the instance times itself, and that in instructions.
std::vector<Probe> under_clock(std::vector<Probe> probes, const std::string& clock);

/// Those that mean something of this runner's instances: under its clock, in its units, of the
/// steps that they have (to be measured by a peer, they serve), with one for each number of
/// instances whose total is taken: these, or instance_counts() of the runner if there are none.
std::vector<Probe> suited(std::vector<Probe> probes, const Runner& runner,
                          const std::vector<int>& instances = {});

/// One life that measures several metrics: alike for every stack, in the same order.
struct Life {
  std::string name;
  std::vector<Probe> probes;
  Trial trial;

  /// Whether it is of several instances at once; numbers_of is not for such ones.
  bool is_crowd() const { return probes.front().from >= From::total; }
};

/// The probes grouped into lives, each with its chain composed. Probes that name the same step one
/// after another share it.
std::vector<Life> lives(const std::vector<Probe>& probes);

/// One number for each of the life's probes, from an outcome that is ok; none for one of the memory
/// where that could not be read. Nothing at all when the answers are not exactly the lines that its
/// steps give, in their order (a guest may write anything), or the runner left out what it owes:
/// the mark main, what it promises.
std::optional<std::vector<std::optional<double>>> numbers_of(const Life& life,
                                                             const Outcome& outcome);

}  // namespace strata
