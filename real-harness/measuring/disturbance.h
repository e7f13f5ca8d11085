#pragma once

namespace strata {

/// How quiet the machine was around one life of an instance.
struct Quiet {
  double loop = 0;   ///< ns of the slower of the reference loops before and after it
  double steal = 0;  ///< share of all CPUs' time that the hypervisor beneath gave to others
};

/// Nanoseconds of a chain of multiplications that nothing can shorten: on a quiet machine always
/// the same, some 7 ms at 3 GHz. Longer than one turn of a scheduler, so that whoever else wants
/// this processor shows, and a lower frequency does as well.
double reference_loop();

/// Whether a sample taken then is marked: its loop ran more than a tenth above the `least` of the
/// measurement, or more than 2 % of the time was stolen.
bool is_disturbed(const Quiet& quiet, double least);

}  // namespace strata
