#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>

namespace strata {

/// Stands in a filter for the virtual processor's descriptor, until that is known.
inline constexpr std::uint32_t kVcpuInFilter = 0x7fc0ffee;

/// What a tender may do once its guest runs, with or without a network, as a program for seccomp.
/// filter/export.cpp says what it allows, and makes this with libseccomp when the tender is built.
std::span<const sock_filter> filter_of(bool network);

}  // namespace strata
