#pragma once

#include "../platform.h"

namespace guest {

// The unikernel is linked with a network (net/) or without (no_network.cpp).

/// Makes the network usable, if the machine has one.
void prepare_network();

/// Sees to it that what was sent leaves.
void finish_network();

/// The steps that need a network.
Steps network_steps();

}  // namespace guest
