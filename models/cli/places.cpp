#include "models/cli/places.h"

#include <cstdlib>

#include "build_info.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

fs::path own_folder() {
  std::error_code none;
  return fs::canonical("/proc/self/exe", none).parent_path();
}

/// The prefix that the program was installed below (PREFIX/bin), or nothing.
fs::path prefix() {
  if (own_folder() == fs::path(STRATA_PROBE_GUEST).parent_path()) return {};  // still in its build
  const fs::path at = own_folder().parent_path();
  if (fs::is_directory(at / "share" / "strata" / "stacks")) return at;
  return {};
}

}  // namespace

fs::path home_folder() {
  if (const char* set = std::getenv("STRATA_HOME")) return set;
  if (const fs::path installed = prefix(); !installed.empty())
    return installed / "share" / "strata";
  return STRATA_SOURCE_DIR;
}

fs::path probe_guest() {
  if (const fs::path installed = prefix(); !installed.empty())
    return installed / "libexec" / "strata" / "strata-probe-guest";
  return STRATA_PROBE_GUEST;
}

fs::path results_folder(const fs::path& home) {
  return fs::exists(home / "CMakeLists.txt") ? home / "results" / "local" : "strata-results";
}

}  // namespace strata
