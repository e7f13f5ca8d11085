#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "real-harness/runner.h"

namespace strata {

class Network;

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

/// The user and group that rootless launchers run as when this program is root.
inline constexpr uid_t kNobody = 65534;

/// A file or folder seen at a second place. `/proc/self/fd/N` names a descriptor of this program's.
struct Bind {
  std::string from, to;
};

/// A root of its own for what is started, and who it is there.
struct Inside {
  std::string root;    ///< has a folder /proc
  std::string folder;  ///< where it starts, seen from there
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups = {};
};

/// How to start a launcher.
struct Launch {
  std::vector<std::string> argv;  ///< argv[0] is a path
  /// Start it as the first process of a PID namespace with its own mounts and /proc. When it ends
  /// or is killed, the kernel kills everything it ever started. Who is not root gets a user
  /// namespace around it, in which only that user is known.
  bool own_namespaces = false;
  /// With these: it also has an empty network, System V objects, a host name and a view of control
  /// groups of its own.
  bool isolated = false;
  std::vector<Bind> bind = {};  ///< in its own mounts only, in this order
  /// In its own namespaces: only the environment given below, and as a child of the PID namespace's
  /// first process, which waits for whatever ends there and ends with it.
  std::optional<Inside> inside = {};
  /// The exit status by which it says that all went well.
  int ended_well = 0;
  /// Start it without rights: as nobody when this program is root.
  bool unprivileged = false;
  /// Its instance has one console for all: a mark is a line "mark M tsc=N" of its standard output.
  bool marks_are_lines = false;
  /// It gives no marks: `main` and `done` are when this stands on its standard output, upon which
  /// it is ended; if this is empty, when it ends by itself.
  std::optional<std::string> until = {};
  int network = -1;  ///< descriptor of the network namespace it starts in; -1: this program's
  int device = -1;   ///< becomes its descriptor kDevice; must be above that
  static constexpr int kDevice = 4;
  std::vector<std::string> environment = {};  ///< NAME=VALUE, besides this program's own
  Group group = {};
  /// The /proc entries of the processes whose memory is the payload's, given the launcher's pid;
  /// asked after the mark `main`.
  std::function<std::vector<std::filesystem::path>(pid_t)> payload = {};
  /// With Trial::peer: the guest program on this machine, and its network namespace.
  std::string peer = {};
  int peer_network = -1;
  const Network* wire = nullptr;  ///< whose devices the outcome tells of
};

/// Starts the launcher in a session of its own and owns it: descriptor 3 takes the marks, standard
/// output and error are read, standard input stays open (a console hangs up at its end), with one
/// byte in it once memory was read or Trial::hold lets go. With Trial::peer, the peer starts at the
/// mark `main` and is owned alike; the life has ended when both have. What was started is killed at
/// the deadline, on too much output, on a mark that cannot be, and when this program dies.
Outcome supervise(const Launch& launch, const Trial& trial);

/// The /proc entries of the processes a launcher started, and they in turn; those that share one
/// memory, as user-mode Linux starts them, are counted once.
std::vector<std::filesystem::path> descendants_of(pid_t launcher);

/// The same, and the launcher.
std::vector<std::filesystem::path> family_of(pid_t launcher);

/// The path of a program on PATH or in the usual places for administrators; empty: not there.
std::string find_program(const std::string& name);

}  // namespace strata
