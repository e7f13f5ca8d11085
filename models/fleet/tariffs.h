#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/study/invocations.h"

namespace strata {

/// A way to sell machines for functions, as a row of workloads/tariffs.csv says.
struct Tariff {
  enum class Kind {
    always,  ///< one server a function, on all the time, as large as its calls at once ever need
    call,    ///< an instance a call: its size times its time, CPU included
    cpu,     ///< an instance a call: CPU time used, and memory while it is used
  };
  std::string id, title;
  Kind kind = Kind::always;
  double least_mib = 0, step_mib = 1;  ///< sizes sold: at least this, in such steps
  std::int64_t round_us = 1;           ///< times are rounded up to this
  double mib_a_core = 0;               ///< sold with this much comes a whole core; 0: CPU is apart
  double gib_hour_usd = 0, cpu_hour_usd = 0, million_calls_usd = 0;
  std::string from;

  double sold_mib(double needed) const;
};

std::vector<Tariff> read_tariffs(const std::filesystem::path& file, Issues& issues);

/// What a function's calls used.
struct FunctionUse {
  std::uint64_t calls = 0;
  std::int64_t busy_us = 0;                 ///< durations added up
  std::vector<std::int64_t> billed_us;      ///< by tariff: each rounded up
  std::vector<std::uint32_t> most_at_once;  ///< by minute: calls running
};

struct TraceUse {
  std::vector<FunctionUse> functions;
  std::int64_t span_us = 0;  ///< whole minutes, to the last one in which a call runs
};

/// Plays all calls once; memory does not grow with their number.
TraceUse use_of(InvocationSource& source, const std::vector<Tariff>& tariffs);

/// What a function pays, and where the memory it pays for goes, in MiB-s. They add up to `sold`.
struct Bill {
  double usd = 0;
  double sold = 0;
  double used = 0;   ///< by calls while they run
  double stack = 0;  ///< by what is under the function while it runs
  double size = 0;   ///< the step to the next size sold, while it runs
  double time = 0;   ///< the step to the next time sold
  double idle = 0;   ///< sold while no call, or fewer than at the peak, run
};

/// `index` is the tariff's place in those that use_of was given; `stack_mib` what one instance
/// holds besides the function; `cpu_share` the share of a call's duration that it computes. Of
/// `mib_a_core` so much is bought at least for each call that runs at once, so that it has a core
/// to itself (the tariff's own number; what nobody needs of it is in `size`); 0: only what is held
/// is bought, and with it a share of a core, so that a call may take longer than the trace says.
Bill bill(const Tariff& tariff, std::size_t index, const FunctionSpec& function,
          const FunctionUse& use, std::int64_t span_us, double stack_mib, double cpu_share,
          double mib_a_core = 0);

/// The share of the time that a function with calls of one length, one at a time, runs when it pays
/// the same by the call or by CPU time (`by_use`) as for a server that is always on (`always`):
/// below it, use is cheaper. Above 1: use always is. `mib`, `stack_mib` and `cpu_share` as in
/// bill().
double break_even_duty(const Tariff& by_use, const Tariff& always, double mib,
                       std::int64_t duration_us, double stack_mib, double cpu_share);

/// MiB-s that a function's memory is larger than what its calls need when it is resized every
/// `minutes` to the most it will need until the next time (so no real resizer does better); 0:
/// never.
double stranded_by_resizing(const FunctionSpec& function, const FunctionUse& use,
                            std::int64_t span_us, int minutes);

}  // namespace strata
