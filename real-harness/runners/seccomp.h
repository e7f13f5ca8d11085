#pragma once

#include <nlohmann/json.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace strata {

/// Where the profile of Docker and Podman lies that containers start under by default.
inline constexpr const char* kSeccompProfile = "/usr/share/containers/seccomp.json";

/// That profile as an OCI runtime takes it (`linux.seccomp`): its rules for this architecture, this
/// kernel and a container without capabilities. Throws std::runtime_error naming the file.
nlohmann::json seccomp_section(const std::string& file = kSeccompProfile);

}  // namespace strata
