#pragma once

#include "models/layers/stack_model.h"

namespace strata {

/// Where the work of one unit is done: stations that serve one at a time.
struct Stations {
  double caller = 0;   ///< ns of the instance's own processor
  double backend = 0;  ///< ns of the thread that serves the instance's devices
};

/// Splits one unit's work. What is not waited for goes to the back end's thread, with all that it
/// causes in turn; what a layer raises above itself comes back to the instance's processor.
/// `deliver` is spent wherever a packet leaves the last layer, once each.
Stations stations(const StackModel& model, const Draws& draws, const Notifications& under_load,
                  double deliver);

}  // namespace strata
