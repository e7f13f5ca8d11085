#pragma once

#include <cstdint>
#include <filesystem>

#include "real-harness/owned/owned.h"

namespace strata {

/// The size of data files, in bytes: beyond the caches of drives' controllers, within anybody's
/// free space.
inline constexpr std::int64_t kDiskSize = 64 << 20;

/// A file for Trial::disk, in a folder of its own that goes with this object. No block of it is
/// like another, none begins with a zero, and all of it is on the device.
class DataFile {
 public:
  /// Throws std::runtime_error when the file system cannot read past its cache (tmpfs), or is full.
  DataFile();

  const std::filesystem::path& path() const { return path_; }

 private:
  OwnedFolder folder_;
  std::filesystem::path path_;
};

}  // namespace strata
