#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "models/base/issue.h"

namespace strata {

/// An image of a machine that somebody else made, and how it says it may be entered.
struct GuestFile {
  std::filesystem::path path;
  std::uintmax_t size = 0;
  bool pvh = false;        ///< an ELF file with Xen's note PHYS32_ENTRY, for QEMU and Xen
  bool multiboot = false;  ///< with a multiboot header (version 1) that QEMU takes
  bool solo5_hvt = false;  ///< an ELF file with Solo5's note ABI1, made for its tender hvt

  /// In words: which of these it is.
  std::string kinds() const;
};

/// Looks at the file's notes and magic numbers; runs nothing of it. When it is none of these, the
/// issue says what it is, as far as that is known, and which are known.
std::optional<GuestFile> read_guest_file(const std::filesystem::path& path, Issues& issues);

}  // namespace strata
