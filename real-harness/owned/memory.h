#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "real-harness/owned/child.h"
#include "real-harness/owned/owned.h"
#include "real-harness/runner.h"

namespace strata {

/// The sum over processes, given their /proc entries; nothing: one of them could not be read.
std::optional<MemoryUse> memory_of(const std::vector<std::filesystem::path>& processes);

/// What the kernel could still give out, in MiB (MemAvailable).
double free_memory();

/// A control group for memory that instances start in, removed with this object. Where none can be
/// made, there is none, and they stay in this program's.
class MemoryGroup {
 public:
  MemoryGroup();
  /// Its members may have so many MiB together, the kernel's for them included.
  explicit MemoryGroup(int mib);

  /// Trial::group of the instances.
  Group group() const { return {instance_.get(), home_.get()}; }
  const std::filesystem::path& path() const { return path_; }  ///< empty: there is none

 private:
  OwnedFolder folder_;
  std::filesystem::path path_;
  Fd instance_, home_;
};

/// Counts the memory that the kernel itself needs for instances: stacks, page tables, namespaces,
/// sockets, caches. Where a control group for memory can be made, the instances start in it and the
/// kernel counts; elsewhere it is what the whole machine's kernel has taken since this was made.
class KernelMemory {
 public:
  KernelMemory();

  Group group() const { return group_.group(); }
  /// In KiB, given the instances' processes: those that a runtime moved to groups of their own are
  /// counted there. Throws std::runtime_error where no kernel memory is counted.
  double kib(const std::vector<std::filesystem::path>& processes) const;

  /// In words: what of the kernel's says it here.
  static std::string source();

 private:
  MemoryGroup group_;
  double before_ = 0;
};

}  // namespace strata
