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

/// Counts the memory that the kernel itself needs for instances: stacks, page tables, namespaces,
/// sockets, caches. Where a control group for memory can be made, the instances start in it and the
/// kernel counts; elsewhere it is what the whole machine's kernel has taken since this was made.
class KernelMemory {
 public:
  KernelMemory();

  /// Trial::group of the instances.
  Group group() const { return {instance_.get(), home_.get()}; }
  /// In KiB, given the instances' processes: those that a runtime moved to groups of their own are
  /// counted there. Throws std::runtime_error where no kernel memory is counted.
  double kib(const std::vector<std::filesystem::path>& processes) const;

  /// In words: what of the kernel's says it here.
  static std::string source();

 private:
  OwnedFolder folder_;
  std::filesystem::path group_;  // empty: there is none
  Fd instance_, home_;
  double before_ = 0;
};

}  // namespace strata
