#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "real-harness/foreign/guest_file.h"
#include "real-harness/measuring/life.h"
#include "real-harness/runner.h"

namespace strata {

/// A machine image that knows nothing of this program, and what to wait for.
struct ForeignGuest {
  GuestFile file;
  /// Its life is over when this stands on its console; empty: when it ends by itself.
  std::string until;
  std::string arguments;  ///< its command line
  int memory = 128;       ///< MiB
  std::chrono::milliseconds life{60'000};
};

/// All ways to start such images, each of which says in cannot() whether this is one it can start.
/// `program` is the guest program, as of runners().
std::vector<std::unique_ptr<Runner>> foreign_runners(const ForeignGuest& guest,
                                                     const std::filesystem::path& program);

/// What can be measured of one that gives no marks and answers nothing: boot.console, to the text
/// on its console, and there the memory of its VMM; or life.total, to its end.
std::vector<Probe> foreign_probes(bool has_text);

}  // namespace strata
