#include "real-harness/owned/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
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

#include <cstring>
#include <system_error>
#include <vector>

namespace strata {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Writes a whole text into a file of /proc, by system calls only.
bool put(const char* file, const char* text) {
  const int fd = open(file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const auto size = static_cast<ssize_t>(std::strlen(text));
  const bool fine = write(fd, text, static_cast<std::size_t>(size)) == size;
  close(fd);
  return fine;
}

/// Waits for the end of every process of its namespace; ends when this one has, with its status.
[[noreturn]] void wait_as_init(pid_t pid) {
  for (int status = 0;;) {
    const pid_t ended = waitpid(-1, &status, 0);
    if (ended == pid) _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    if (ended < 0 && errno != EINTR) _exit(127);
  }
}

}  // namespace

void Fd::reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  const Fd low_read(ends[0]), low_write(ends[1]);
  Pipe out{Fd(fcntl(ends[0], F_DUPFD_CLOEXEC, 10)), Fd(fcntl(ends[1], F_DUPFD_CLOEXEC, 10))};
  if (out.read.get() < 0 || out.write.get() < 0) fail("pipe");
  return out;
}

std::int64_t now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec;
}

struct Child::Note {
  std::int64_t exec;
  int error;
  char step[64];
};

void Child::unmap(Note* note) { munmap(note, sizeof(Note)); }

Child::Child(const Launch& launch, const std::array<int, 4>& fds)
    : note_(nullptr, &unmap), ended_well_(launch.ended_well) {
  void* at = mmap(nullptr, sizeof(Note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) fail("mmap");
  note_.reset(static_cast<Note*>(at));
  std::vector<char*> argv;
  for (const std::string& word : launch.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> environment;
  for (const std::string& word : launch.environment)
    environment.push_back(const_cast<char*>(word.c_str()));
  if (!launch.inside)
    for (char** word = environ; *word; ++word) environment.push_back(*word);
  environment.push_back(nullptr);
  const Fd self(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  if (self.get() < 0) fail("pidfd_open");

  // As fork(), with namespaces. Who is not root makes them in a user namespace that maps one id.
  long flags = SIGCHLD;
  if (launch.own_namespaces) flags |= CLONE_NEWPID | CLONE_NEWNS;
  if (launch.isolated) flags |= CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  const bool root = geteuid() == 0;
  if (launch.own_namespaces && !root) flags |= CLONE_NEWUSER;
  const std::string map =
      fmt::format("{0} {0} 1", geteuid()) + '\0' + fmt::format("{0} {0} 1", getegid());
  // What the kernel allocates for a process is charged to the group of who starts it.
  const bool grouped = launch.group.instance >= 0;
  if (grouped && write(launch.group.instance, "0", 1) != 1) fail("entering the control group");
  pid_ = static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, nullptr, nullptr, 0));
  if (grouped && pid_ != 0 && write(launch.group.home, "0", 1) != 1) {
    end();
    fail("leaving the control group");
  }
  if (pid_ < 0) fail("a process could not be started");
  if (pid_ == 0)
    become(launch, argv.data(), environment.data(), root ? nullptr : map.c_str(), *note_,
           self.get(), fds);
  fd_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  if (fd_.get() < 0) {
    end();
    fail("pidfd_open");
  }
}

/// The child's side, up to the exec. Only system calls from here on. `id_map`: not root; the map of
/// its user and, behind a zero byte, of its group.
void Child::become(const Launch& launch, char* const* argv, char* const* environment,
                   const char* id_map, Note& note, int parent, const std::array<int, 4>& fds) {
  const auto must = [&](bool fine, const char* step) {
    if (fine) return;
    note.error = errno;
    std::strncpy(note.step, step, sizeof note.step - 1);
    _exit(127);
  };
  const auto die_with_parent = [&] {
    must(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "prctl");
    pollfd dead{parent, POLLIN, 0};  // readable when the parent died before the line above
    if (poll(&dead, 1, 0) != 0) _exit(127);
  };
  die_with_parent();
  must(setsid() >= 0, "setsid");
  if (launch.network >= 0) must(setns(launch.network, CLONE_NEWNET) == 0, "network namespace");
  if (launch.own_namespaces) {
    if (id_map) {
      must(put("/proc/self/setgroups", "deny"), "setgroups");
      must(put("/proc/self/uid_map", id_map), "uid_map");
      must(put("/proc/self/gid_map", id_map + std::strlen(id_map) + 1), "gid_map");
    }
    must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "private mounts");
    for (const Bind& bind : launch.bind)
      must(mount(bind.from.c_str(), bind.to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) == 0,
           bind.to.c_str());
    if (launch.inside) must(chroot(launch.inside->root.c_str()) == 0, "chroot");
    must(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0, "/proc");
  }
  if (launch.unprivileged && !id_map) {
    must(setgroups(0, nullptr) == 0 && setresgid(kNobody, kNobody, kNobody) == 0 &&
             setresuid(kNobody, kNobody, kNobody) == 0,
         "becoming nobody");
    die_with_parent();  // the kernel forgets this when the user changes
  }
  for (int i = 0; i < 4; ++i) must(dup2(fds[static_cast<std::size_t>(i)], i) == i, "dup2");
  const bool device = launch.device >= 0;
  if (device) must(dup2(launch.device, Launch::kDevice) == Launch::kDevice, "dup2");
  must(syscall(SYS_close_range, device ? Launch::kDevice + 1U : 4U, ~0U, 0U) == 0, "close_range");
  if (launch.inside) {
    const Inside& in = *launch.inside;
    const pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid > 0) wait_as_init(pid);
    must(setsid() >= 0, "setsid");
    must(chdir(in.folder.c_str()) == 0, in.folder.c_str());
    must(setgroups(in.groups.size(), in.groups.data()) == 0 &&
             setresgid(in.group, in.group, in.group) == 0 &&
             setresuid(in.user, in.user, in.user) == 0,
         "becoming its user");
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  note.exec = now();
  execve(argv[0], argv, environment);
  must(false, argv[0]);
  _exit(127);
}

Child::~Child() { end(); }

std::int64_t Child::exec() const { return note_->exec; }

int Child::end() {
  if (reaped_) return status_;
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
  return status_;
}

int Child::collect() {
  siginfo_t info{};
  while (!reaped_ && waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) < 0 &&
         errno == EINTR) {
  }
  return end();
}

std::string Child::failure(int status, const std::string& errors) const {
  if (note_->error) return fmt::format("{}: {}", note_->step, std::strerror(note_->error));
  if (WIFEXITED(status) && WEXITSTATUS(status) == ended_well_) return "";
  // The last line: launchers may warn before something fails.
  const std::size_t end = errors.find_last_not_of('\n');
  const std::string lines = errors.substr(0, end == std::string::npos ? 0 : end + 1);
  const std::string last = lines.substr(lines.rfind('\n') + 1).substr(0, 300);
  const std::string why = last.empty() ? "" : ": " + last;
  if (WIFSIGNALED(status)) return fmt::format("ended by signal {}{}", WTERMSIG(status), why);
  return fmt::format("exit status {}{}", WEXITSTATUS(status), why);
}

Ran run_program(const Launch& launch, const std::string& input, std::chrono::seconds deadline) {
  Pipe in = make_pipe(), out = make_pipe();
  if (write(in.write.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()))
    fail("pipe");
  in.write.reset();
  Child child(launch, {in.read.get(), out.write.get(), out.write.get(), out.write.get()});
  in.read.reset(), out.write.reset();
  Ran ran;
  const std::int64_t until = now() + deadline.count() * 1'000'000'000;
  std::array<char, 4096> buffer;
  for (;;) {
    pollfd wait{out.read.get(), POLLIN, 0};
    const std::int64_t left = until - now();
    if (left <= 0 || ran.output.size() > kOutputLimit) {
      child.end();
      ran.failure = "ended: it took too long or wrote too much";
      return ran;
    }
    if (poll(&wait, 1, static_cast<int>(left / 1'000'000 + 1)) <= 0) continue;
    const ssize_t n = read(out.read.get(), buffer.data(), buffer.size());
    if (n <= 0) break;
    ran.output.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ran.failure = child.failure(child.collect(), ran.output);
  return ran;
}

}  // namespace strata
