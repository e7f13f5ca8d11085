#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "real-harness/tender/machine.h"
#include "real-harness/tender/net.h"

namespace strata {

/// The guest did what no guest may; says what, and where it was.
struct BrokenRule : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Puts the image and the boot page into the machine's memory and sets where it begins. Throws
/// std::runtime_error for an image that cannot be loaded or words that are too long.
void load_guest(Machine& machine, std::span<const std::byte> image,
                const std::vector<std::string>& words, bool network);

/// Runs the guest and does what its hypercalls ask (tender/abi.h) until it ends: its exit status.
/// `marks` is the descriptor for marks; output goes to 1 and 2, input is 0; `tap` may be null.
/// Throws BrokenRule.
int run_guest(Machine& machine, int marks, Phases& phases, Tap* tap);

}  // namespace strata
