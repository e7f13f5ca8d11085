#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "real-harness/runner.h"

namespace strata {

/// A plain process: fork and exec.
std::unique_ptr<Runner> process_runner(std::filesystem::path guest);

/// A container by an OCI runtime (runc, crun), as root, from a bundle made on the fly.
std::unique_ptr<Runner> container_runner(std::string runtime, std::filesystem::path guest);

/// One try of "hello"; nothing when it came through, else what happened.
std::optional<std::string> try_hello(Runner& runner);

}  // namespace strata
