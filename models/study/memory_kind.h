#pragma once

#include <string_view>

namespace strata {

/// What a byte of memory is to the host. "Memory" in an answer always says which.
enum class MemoryKind {
  fixed,        ///< resident whatever runs: the host's kernel, a daemon
  private_,     ///< resident, the holder's own
  shared,       ///< resident once for all holders of the identity: a page-cached image, text pages
  mergeable,    ///< resident for each holder until page merging finds it, then once per identity
  configured,   ///< promised to the holder, not resident: what density by configuration counts
  reclaimable,  ///< resident, and the host can take it back: clean cache, a balloon's free pages
};
inline constexpr int kMemoryKinds = static_cast<int>(MemoryKind::reclaimable) + 1;

std::string_view name(MemoryKind kind);

}  // namespace strata
