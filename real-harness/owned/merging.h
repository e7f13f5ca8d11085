#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "real-harness/owned/child.h"
#include "real-harness/owned/owned.h"

namespace strata {

/// The kernel's merging of equal pages (KSM), on while this lives. The settings before are kept in
/// a folder of its own and put back at the end, or by clean_leftovers() if this program is killed.
/// It meets every program of the machine that lets its pages be merged, and what was merged stays
/// so until it is written to. One of it at a time on a machine, which a lock sees to.
class PageMerging {
 public:
  /// Nothing when it can be had here; else one sentence: why not.
  static std::optional<std::string> cannot();
  /// What it will change, from what, in words.
  static std::string changes();

  /// Throws std::runtime_error when it cannot be had, or another program has it.
  PageMerging();
  ~PageMerging();
  PageMerging(const PageMerging&) = delete;
  PageMerging& operator=(const PageMerging&) = delete;

  /// Waits until the kernel has gone through all pages several times and finds no more to merge;
  /// throws std::runtime_error when that takes longer.
  void settle(std::chrono::seconds longest) const;

 private:
  Fd lock_;
  OwnedFolder folder_;
};

/// What the kernel notes down of these processes' pages to merge them, which no control group
/// counts, in KiB; given their /proc entries.
double merging_notes_kib(const std::vector<std::filesystem::path>& processes);

/// Puts back the settings that a killed harness kept in its folder: what it did, one line; empty:
/// none were kept there.
std::string restore_merging(const std::filesystem::path& folder);

}  // namespace strata
