#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata {

/// One thing to start: the guest program with these arguments (see guest/probe.cpp).
struct Trial {
  std::vector<std::string> command = {"hello"};
  std::chrono::milliseconds deadline{10'000};
  /// Read the payload's memory after its mark `main`; the command must then be "wait".
  bool read_memory = false;
};

/// Memory of the payload's process as the kernel's smaps_rollup counts it, in KiB.
struct MemoryUse {
  std::int64_t rss = 0;       ///< resident, shared pages counted whole
  std::int64_t pss = 0;       ///< resident, shared pages divided among those who map them
  std::int64_t private_ = 0;  ///< resident and mapped by nobody else
};

/// What happened. A guest that hangs or crashes is an outcome, not an exception. Times are the
/// host's CLOCK_MONOTONIC in ns; a mark that never came has none. `output` and `errors` are what
/// the guest and its launcher wrote, cut at kOutputLimit.
struct Outcome {
  std::string outcome = "ok";  ///< ok, timeout, or "failed: ..." in words
  std::int64_t exec = 0;       ///< just before the exec of the launcher
  std::optional<std::int64_t> entered, main, done;
  std::string output;
  std::string errors;
  std::optional<MemoryUse> memory;

  bool ok() const { return outcome == "ok"; }
};

/// A guest that writes more than this is ended: outcome "failed: ...".
inline constexpr std::size_t kOutputLimit = 64 * 1024;

/// One way to start the guest program on this machine. To add one, implement the five functions in
/// runners/ and name it in runners.cpp.
class Runner {
 public:
  virtual ~Runner() = default;

  virtual std::string stack() const = 0;  ///< the stack's id in the records
  virtual std::string about() const = 0;  ///< one line: how it is started
  virtual std::string accel() const = 0;  ///< the records' accel, e.g. native, tcg

  /// Nothing when it can run here, found by trying; else one sentence: why not, and what to
  /// install or enable.
  virtual std::optional<std::string> cannot() = 0;

  /// Starts one instance, watches it to its end or to its deadline, and leaves nothing of it.
  virtual Outcome run(const Trial& trial) = 0;
};

/// All runners there are, whether or not they can run here. `guest` is the guest program.
std::vector<std::unique_ptr<Runner>> runners(const std::filesystem::path& guest);

}  // namespace strata
