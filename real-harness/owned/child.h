#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "real-harness/owned/owned.h"

namespace strata {

/// A descriptor that is closed with its owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read, write;
};

/// Both ends above the descriptors a child is given, so that placing one never closes another.
Pipe make_pipe();

/// The host's CLOCK_MONOTONIC in ns.
std::int64_t now();

/// A process that does not outlive this object, nor this program.
class Child {
 public:
  /// Starts the launcher in a session of its own. Its descriptors 0 to 3 are these; it has no
  /// other but Launch::device. This program may have one thread here.
  Child(const Launch& launch, const std::array<int, 4>& fds);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  /// Readable once it has ended.
  int fd() const { return fd_.get(); }
  /// When its exec began; 0: not yet.
  std::int64_t exec() const;
  /// Kills it and its process group, and waits for it: its status.
  int end();
  /// Its status once it has ended by itself; whatever is left of its process group is killed.
  int collect();
  /// What went wrong, in words, once it has ended with this status: "" when nothing did. `errors`
  /// is what it wrote.
  std::string failure(int status, const std::string& errors) const;

 private:
  struct Note;  // what it tells before its exec, in memory shared with it
  static void unmap(Note* note);
  [[noreturn]] static void become(const Launch& launch, char* const* argv, char* const* environment,
                                  const char* id_map, Note& note, int parent,
                                  const std::array<int, 4>& fds);

  std::unique_ptr<Note, void (*)(Note*)> note_;
  pid_t pid_ = -1;
  Fd fd_;
  int status_ = 0;
  bool reaped_ = false;
};

/// What a program wrote, to standard output and error alike (at most kOutputLimit), and what went
/// wrong with it: "" when nothing did.
struct Ran {
  std::string output;
  std::string failure;
};

/// Runs a program to its end with this standard input (a few KiB), within this time.
Ran run_program(const Launch& launch, const std::string& input,
                std::chrono::seconds deadline = std::chrono::seconds(10));

}  // namespace strata
