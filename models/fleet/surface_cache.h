#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "models/fleet/surface.h"

namespace strata {

/// Where boot surfaces are kept, each under the hash of all that went into it: plan, machine,
/// detail, seed and `maker`, what stands for the program that plays the starts.
struct SurfaceCache {
  std::filesystem::path folder;  ///< empty: nothing is kept
  std::string maker;

  /// What is kept under `inputs`, or what `make` returns, kept from now on. A file that cannot be
  /// read or written is as good as none.
  BootSurface get(const std::string& inputs, const std::function<BootSurface()>& make) const;
};

}  // namespace strata
