#pragma once

#include <string>
#include <vector>

namespace strata {

/// When enough samples of one stack and metric were taken.
struct Sampling {
  double target = 0.05;  ///< half the 95 % interval of the median, as a share of the median
  int least = 5;         ///< samples before that is asked
  int cap = 30;          ///< lives, whatever came of them
  int hopeless = 3;      ///< lives that all failed
};

/// Why no more samples are taken: the target was reached, the cap, the end of the time, or every
/// life failed.
enum class Stopped { no, target, cap, time, failed };

/// The word for it in tables and files; empty for Stopped::no.
std::string name(Stopped stopped);

/// What the samples that count so far ask for, after so many lives of which so many failed. To ask
/// again after every life makes the final interval a little too narrow; `least` bounds that.
Stopped decide(const Sampling& rule, const std::vector<double>& samples, int taken, int failed);

}  // namespace strata
