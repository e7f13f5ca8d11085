#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace strata {

/// The config.json of a container (OCI runtime specification) that runs this command without any
/// capability, on the read-only folder `rootfs` beside it, in pid, ipc, uts and mount namespaces of
/// its own and with /proc and an empty /dev. Further namespaces, mounts and control groups are the
/// caller's to add.
nlohmann::json bundle_config(const std::vector<std::string>& command);

/// A file of the host at a place in the container, read-only.
nlohmann::json bind_mount(const std::string& source, const std::string& destination);

}  // namespace strata
