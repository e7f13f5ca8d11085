#pragma once

#include <map>

#include "models/study/keep_alive.h"

namespace strata {

/// One file each.
KeepAlivePolicy keep_none();
KeepAlivePolicy keep_fixed();
KeepAlivePolicy keep_histogram();

/// All of them by id: what a catalog knows before plug-ins add theirs.
std::map<std::string, KeepAlivePolicy> keep_alive_policies();

}  // namespace strata
