#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "real-harness/owned.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

std::int64_t now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec;
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// A descriptor that is closed with its owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read, write;
};

/// Both ends above the descriptors a child is given, so that placing one never closes another.
Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  const Fd low_read(ends[0]), low_write(ends[1]);
  Pipe out{Fd(fcntl(ends[0], F_DUPFD_CLOEXEC, 10)), Fd(fcntl(ends[1], F_DUPFD_CLOEXEC, 10))};
  if (out.read.get() < 0 || out.write.get() < 0) fail("pipe");
  return out;
}

/// What a child tells before its exec, through memory it shares with this program.
struct Note {
  std::int64_t exec;
  int error;
  char step[64];
};

class SharedNote {
 public:
  SharedNote() {
    void* at =
        mmap(nullptr, sizeof(Note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) fail("mmap");
    note_ = static_cast<Note*>(at);
  }
  ~SharedNote() { munmap(note_, sizeof(Note)); }
  SharedNote(const SharedNote&) = delete;
  SharedNote& operator=(const SharedNote&) = delete;
  Note* operator->() const { return note_; }

 private:
  Note* note_;
};

/// A child that does not outlive this object.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid), fd_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))) {}
  ~Child() {
    if (!reaped_) end();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  int fd() const { return fd_.get(); }
  /// Kills it and its process group, and waits for it.
  int end() {
    if (reaped_) return status_;
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    return status_;
  }
  /// Its status once it has ended by itself; whatever is left of its process group is killed.
  int collect() {
    siginfo_t info{};
    while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    return end();
  }

 private:
  pid_t pid_;
  Fd fd_;
  int status_ = 0;
  bool reaped_ = false;
};

/// The child's side, up to the exec. Only system calls from here on.
[[noreturn]] void become(const Launch& launch, char* const* argv, Note& note, int parent,
                         const std::array<int, 4>& fds) {
  const auto must = [&](bool fine, const char* step) {
    if (fine) return;
    note.error = errno;
    std::strncpy(note.step, step, sizeof note.step - 1);
    _exit(127);
  };
  must(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "prctl");
  pollfd dead{parent, POLLIN, 0};  // readable when the parent died before the line above
  if (poll(&dead, 1, 0) != 0) _exit(127);
  must(setsid() >= 0, "setsid");
  if (launch.own_namespaces) {
    must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "private mounts");
    must(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0, "/proc");
    for (const std::string& path : launch.unmount)
      must(umount2(path.c_str(), MNT_DETACH) == 0, path.c_str());
  }
  for (int i = 0; i < 4; ++i) must(dup2(fds[static_cast<std::size_t>(i)], i) == i, "dup2");
  must(syscall(SYS_close_range, 4U, ~0U, 0U) == 0, "close_range");
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  note.exec = now();
  execv(argv[0], argv);
  must(false, argv[0]);
  _exit(127);
}

/// Marks come once each and in this order.
bool take_mark(Outcome& outcome, char byte, std::int64_t at) {
  if (byte == 'E' && !outcome.entered && !outcome.main && !outcome.done)
    outcome.entered = at;
  else if (byte == 'M' && outcome.entered && !outcome.main)
    outcome.main = at;
  else if (byte == 'D' && outcome.main && !outcome.done)
    outcome.done = at;
  else
    return false;
  return true;
}

std::optional<MemoryUse> memory_of(const fs::path& process) {
  std::ifstream in(process / "smaps_rollup");
  MemoryUse use;
  bool any = false;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string key;
    std::int64_t kib = 0;
    if (!(words >> key >> kib)) continue;
    if (key == "Rss:") use.rss = kib, any = true;
    if (key == "Pss:") use.pss = kib;
    if (key == "Private_Clean:" || key == "Private_Dirty:") use.private_ += kib;
  }
  if (!any) return std::nullopt;
  return use;
}

std::string words_of(int status, const std::string& errors) {
  const std::string first = errors.substr(0, errors.find('\n')).substr(0, 300);
  const std::string why = first.empty() ? "" : ": " + first;
  if (WIFSIGNALED(status))
    return fmt::format("failed: ended by signal {}{}", WTERMSIG(status), why);
  return fmt::format("failed: exit status {}{}", WEXITSTATUS(status), why);
}

}  // namespace

Outcome supervise(const Launch& launch, const Trial& trial) {
  Pipe in = make_pipe(), out = make_pipe(), err = make_pipe(), marks = make_pipe();
  const SharedNote note;
  std::vector<char*> argv;
  for (const std::string& word : launch.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);

  const Fd self(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  if (self.get() < 0) fail("pidfd_open");
  const std::array<int, 4> fds = {in.read.get(), out.write.get(), err.write.get(),
                                  marks.write.get()};
  const std::int64_t begin = now();
  // As fork(), with namespaces; this program has one thread here.
  const long flags = SIGCHLD | (launch.own_namespaces ? CLONE_NEWPID | CLONE_NEWNS : 0);
  const auto pid = static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, nullptr, nullptr, 0));
  if (pid < 0) fail("a process could not be started");
  if (pid == 0) become(launch, argv.data(), *note.operator->(), self.get(), fds);
  Child child(pid);
  if (child.fd() < 0) fail("pidfd_open");
  in.read.reset(), out.write.reset(), err.write.reset(), marks.write.reset();
  if (!trial.read_memory) in.write.reset();

  Outcome outcome;
  const std::int64_t until = begin + trial.deadline.count() * 1'000'000;
  std::int64_t linger = 0;  // after the launcher's end, pipes may still hold something
  std::array<char, 4096> buffer;
  // Reads what is there. False: the guest does what no guest may.
  const auto read_one = [&](Fd& from, std::string* text) {
    const ssize_t n = read(from.get(), buffer.data(), buffer.size());
    const std::int64_t at = now();
    if (n <= 0) return from.reset(), true;
    const std::string_view got(buffer.data(), static_cast<std::size_t>(n));
    if (text) {
      text->append(got);
      if (text->size() <= kOutputLimit) return true;
      text->resize(kOutputLimit);
      outcome.outcome = fmt::format("failed: wrote more than {} KiB", kOutputLimit / 1024);
      return false;
    }
    for (const char byte : got)
      if (!take_mark(outcome, byte, at)) {
        outcome.outcome = "failed: a mark that is unknown, repeated or out of order";
        return false;
      }
    return true;
  };

  for (bool ended = false, asked = false;;) {
    if (ended && marks.read.get() < 0 && out.read.get() < 0 && err.read.get() < 0) break;
    const std::int64_t left = (ended ? linger : until) - now();
    if (left <= 0) {
      if (!ended) outcome.outcome = "timeout";
      break;
    }
    std::array<pollfd, 4> polls = {{{marks.read.get(), POLLIN, 0},
                                    {out.read.get(), POLLIN, 0},
                                    {err.read.get(), POLLIN, 0},
                                    {ended ? -1 : child.fd(), POLLIN, 0}}};
    if (poll(polls.data(), polls.size(), static_cast<int>(left / 1'000'000 + 1)) < 0 &&
        errno != EINTR)
      fail("poll");
    if (polls[0].revents && !read_one(marks.read, nullptr)) break;
    if (polls[1].revents && !read_one(out.read, &outcome.output)) break;
    if (polls[2].revents && !read_one(err.read, &outcome.errors)) break;
    if (polls[3].revents) {
      ended = true;
      linger = now() + 200'000'000;
    }
    if (trial.read_memory && outcome.main && !asked) {
      asked = true;
      // The payload goes on to its read; a runtime may say only after it has started the payload
      // which one it is.
      for (int i = 0; i < 200 && !outcome.memory && now() < until; ++i) {
        usleep(5000);
        outcome.memory = memory_of(launch.payload(child.pid()));
      }
      in.write.reset();
    }
  }
  if (!outcome.ok()) {
    child.end();
  } else {
    const int status = child.collect();
    if (note->error)
      outcome.outcome = fmt::format("failed: {}: {}", note->step, std::strerror(note->error));
    else if (status != 0)
      outcome.outcome = words_of(status, outcome.errors);
    else if (!outcome.main || !outcome.done)
      outcome.outcome = "failed: it ended without its marks";
    else if (trial.read_memory && !outcome.memory)
      outcome.outcome = "failed: the payload's memory could not be read";
  }
  outcome.exec = note->exec;
  return outcome;
}

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path ? path : "") + ":/usr/local/sbin:/usr/sbin:/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path file = fs::path(folder) / name;
    if (!folder.empty() && access(file.c_str(), X_OK) == 0) return file.string();
  }
  return "";
}

}  // namespace strata
