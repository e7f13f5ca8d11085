#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "real-harness/tender/abi.h"

namespace strata {

using Bytes = std::vector<std::byte>;

/// A machine of 4 MiB, and where in it an image may lie.
inline constexpr std::uint64_t kMemory = 4 * abi::kMiB, kLowest = abi::kImageBase,
                               kHighest = kMemory - abi::kStackSize;

/// The unikernel as it was built.
inline Bytes unikernel() {
  std::ifstream in(STRATA_UNIKERNEL, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  Bytes out(text.size());
  std::memcpy(out.data(), text.data(), text.size());
  return out;
}

}  // namespace strata
