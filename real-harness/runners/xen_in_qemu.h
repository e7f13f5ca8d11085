#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "real-harness/owned/owned.h"

namespace strata {

/// A guest of Xen's, as its toolstack is told of it: entered by PVH, one processor, the processor's
/// own time stamp counter, and its console for marks and answers.
struct XenGuest {
  std::string name;
  std::filesystem::path kernel, ramdisk = {};  ///< files here; they are copied
  int memory = 0;                              ///< MiB
  std::string words = {};                      ///< its command line
  /// One that gives no marks: dom0 puts out the counter ("counter ns=N count=1") before it creates
  /// it, and again when a line with this is on its console, or, if this is empty, when it ends.
  std::optional<std::string> until = {};
};

/// The guest program as a unikernel, with these steps. `guest` is as of runners().
XenGuest xen_unikernel(const std::filesystem::path& guest, const Trial& trial);

/// The image as the root of Debian's cloud kernel, the guest program its init.
XenGuest xen_linux(const std::filesystem::path& guest, const Trial& trial);

/// An emulated machine whose clock counts instructions, with Xen on it, and Debian as its dom0: it
/// creates the guests, one after another, puts out what they say on their consoles, and ends. The
/// folder, which must last as long as the machine, takes its root.
Launch xen_in_qemu(const std::filesystem::path& guest, const std::vector<XenGuest>& guests,
                   const std::filesystem::path& folder);

}  // namespace strata
