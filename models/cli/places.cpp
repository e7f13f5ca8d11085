#include "models/cli/places.h"

#include <dlfcn.h>

#include <cstdlib>

#include "build_info.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

/// The folder of the file this code was loaded from: the program, or Python's module.
fs::path own_folder() {
  Dl_info info{};
  const bool module = dladdr(reinterpret_cast<void*>(&own_folder), &info) != 0 && info.dli_fname &&
                      fs::path(info.dli_fname).extension() == ".so";
  std::error_code none;
  return fs::canonical(module ? info.dli_fname : "/proc/self/exe", none).parent_path();
}

/// The prefix that own_folder() was installed below (PREFIX/bin, or PREFIX/lib/.../dist-packages),
/// or nothing.
fs::path prefix() {
  if (own_folder() == fs::path(STRATA_PROBE_GUEST).parent_path()) return {};  // still in its build
  for (fs::path at = own_folder(); at.has_relative_path(); at = at.parent_path())
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
