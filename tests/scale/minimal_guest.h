#pragma once

#include <linux/kvm.h>

#include <cstdint>

namespace strata {

/// How the memory of the smallest guest is backed; the two ways of the tender.
enum class Backing { pages, huge_pages };

/// The least that a guest in 64-bit ring 3 takes: a machine with `memory` bytes (whole MiB), page
/// tables, segments, registers, and code that writes one byte to a port and never comes back. No
/// file is loaded, its processor is told of no features, nothing is
/// confined. From the open of /dev/kvm until the port's exit is seen: ns of CLOCK_MONOTONIC. Throws
/// std::system_error.
std::int64_t minimal_guest(std::uint64_t memory, Backing backing);

}  // namespace strata
