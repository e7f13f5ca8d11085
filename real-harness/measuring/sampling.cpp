#include "real-harness/measuring/sampling.h"

#include <cmath>

#include "real-harness/measuring/statistics.h"

namespace strata {

std::string name(Stopped stopped) {
  switch (stopped) {
    case Stopped::target:
      return "target";
    case Stopped::cap:
      return "cap";
    case Stopped::time:
      return "time";
    case Stopped::failed:
      return "failed";
    case Stopped::no:
      break;
  }
  return "";
}

Stopped decide(const Sampling& rule, const std::vector<double>& samples, int taken, int failed) {
  if (failed == taken && failed >= rule.hopeless) return Stopped::failed;
  if (static_cast<int>(samples.size()) >= rule.least) {
    const Median m = median_of(samples, "sampling");
    if ((m.high - m.low) / 2 <= rule.target * std::abs(m.median)) return Stopped::target;
  }
  return taken >= rule.cap ? Stopped::cap : Stopped::no;
}

}  // namespace strata
