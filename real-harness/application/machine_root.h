#pragma once

#include <filesystem>

#include "real-harness/application/application.h"

namespace strata {

/// Writes the root of a Linux guest that starts the application: the image's files, on them those
/// of `guest_root` (an archive with the guest program as /init), and the application's description
/// (guest/init.h). Throws std::system_error, or std::runtime_error for files that no archive of the
/// kernel's holds (4 GiB and more).
void write_machine_root(const Application& application, const std::filesystem::path& guest_root,
                        const std::filesystem::path& to);

/// MiB a guest needs beyond what its kernel does, to unpack such a root and keep it.
int memory_for(const std::filesystem::path& machine_root);

}  // namespace strata
