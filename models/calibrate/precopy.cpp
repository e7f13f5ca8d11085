#include "models/calibrate/precopy.h"

#include <algorithm>
#include <limits>

namespace strata {
namespace {

bool stops(const Precopy& plan, const Moved& so_far, double left) {
  return left <= plan.left || (plan.downtime > 0 && left <= plan.downtime * plan.link) ||
         (plan.rounds > 0 && so_far.rounds >= plan.rounds);
}

}  // namespace

Moved migrate(const Precopy& plan) {
  Moved moved;
  double left = plan.memory;
  do {
    const double round = left / plan.link;
    const double written = std::min(plan.memory, plan.dirty * round);
    moved.total += round;
    moved.sent += left;
    ++moved.rounds;
    const bool shrinks = written < left;
    left = written;
    if (!shrinks && plan.rounds == 0 && !stops(plan, moved, left)) {
      moved.total = moved.downtime = moved.sent = std::numeric_limits<double>::infinity();
      return moved;
    }
  } while (!stops(plan, moved, left));
  moved.downtime = left / plan.link;
  moved.total += moved.downtime;
  moved.sent += left;
  return moved;
}

}  // namespace strata
