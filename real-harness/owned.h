#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "real-harness/runner.h"

namespace strata {

/// A temporary folder and, by the same name, the control groups of what is started from it. Both
/// are removed with this object. If the program is killed first, clean_leftovers() removes them: a
/// lock on a file inside, which the kernel drops with its owner, says whether the owner lives.
class OwnedFolder {
 public:
  OwnedFolder();
  ~OwnedFolder();
  OwnedFolder(const OwnedFolder&) = delete;
  OwnedFolder& operator=(const OwnedFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// A name nobody else uses, for containers and control groups.
  std::string name() const { return path_.filename().string(); }
  /// Ends what is still in the control groups of this name and removes them.
  void remove_groups() const;

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

/// Removes what killed harnesses of this user left behind; returns what it removed, one line each.
std::vector<std::string> clean_leftovers();

/// How to start a launcher.
struct Launch {
  std::vector<std::string> argv;  ///< argv[0] is a path
  /// Start it as the first process of a PID namespace with its own mounts and /proc. When it ends
  /// or is killed, the kernel kills everything it ever started. Needs root.
  bool own_namespaces = false;
  std::vector<std::string> unmount;  ///< in its own mounts only
  /// Where the payload's /proc entry is, given the launcher's pid; asked after the mark `main`.
  std::function<std::filesystem::path(pid_t)> payload;
};

/// Starts the launcher in a session of its own and owns it: descriptor 3 takes the marks, standard
/// output and error are read, standard input is empty or (read_memory) open until memory was read.
/// It is killed at the deadline, on too much output, on a mark that cannot be, and when this
/// program dies.
Outcome supervise(const Launch& launch, const Trial& trial);

/// The path of a program on PATH or in the usual places for administrators; empty: not there.
std::string find_program(const std::string& name);

}  // namespace strata
