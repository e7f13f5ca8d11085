#pragma once

#include <string>
#include <vector>

#include "models/cli/command.h"
#include "models/fleet/surface_cache.h"
#include "models/study/record.h"

namespace strata {

/// Where boot surfaces of earlier runs of this program are kept: XDG_CACHE_HOME, or ~/.cache.
SurfaceCache surface_cache();

/// Writes rows, manifest and figures of a part of `strata fleet` into a folder and says so; nothing
/// where the folder is empty. `said` is the command as typed.
void write_fleet(const std::string& folder, const std::vector<Record>& records,
                 const std::string& said, Home& home);

/// Throws WrongInput when nothing can be written there; an empty name is no folder.
void require_writable_if_named(const std::string& folder);

}  // namespace strata
