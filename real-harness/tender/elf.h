#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace strata {

/// Where a loaded image begins to run and where it ends.
struct Image {
  std::uint64_t entry = 0;
  std::uint64_t end = 0;  ///< the first address behind its last segment
};

/// Loads a static executable (ELF, 64-bit, x86-64, ET_EXEC) into a guest's memory, whose first byte
/// has the address 0; its segments may lie in [lowest, highest). What the file does not fill is
/// left as it is, so memory must be zeros. The file may be anything: what cannot be loaded throws
/// std::runtime_error that says why, and memory outside of [lowest, highest) stays untouched.
/// Format: System V gABI, chapters 4 and 5 (refspecs.linuxfoundation.org/elf/gabi4+).
Image load_elf(std::span<const std::byte> file, std::span<std::byte> memory, std::uint64_t lowest,
               std::uint64_t highest);

}  // namespace strata
