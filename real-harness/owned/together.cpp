#include "real-harness/owned/together.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

#include "real-harness/owned/child.h"

namespace strata {
namespace {

/// A watcher ends its instance at the deadline and then has this long to say so.
constexpr std::int64_t kGrace = 10'000'000'000;

/// A process that watches one instance. What it reports is the launcher's pid and a newline as soon
/// as the instance waits, and the outcome at the end.
class Watcher {
 public:
  Watcher(Runner& runner, Trial trial, Pipe& gate) {
    Pipe report = make_pipe();
    trial.hold = Hold{report.write.get(), gate.read.get()};
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ == 0) {
      gate.write.reset();  // it opens when this program's only copy is closed
      watch(runner, trial, parent);
    }
    report_ = std::move(report.read);
  }
  Watcher(Watcher&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        report_(std::move(other.report_)),
        said_(std::move(other.said_)) {}
  Watcher& operator=(Watcher&&) = delete;
  ~Watcher() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  /// Reads what it says until it has said enough or its time is over.
  template <class Enough>
  void listen(std::int64_t until, Enough enough) {
    std::array<char, 512> buffer;
    while (!enough(*this)) {
      pollfd wait{report_.get(), POLLIN, 0};
      const std::int64_t left = until - now();
      if (left <= 0) {
        said_ += "timeout";
        report_.reset();
      } else if (poll(&wait, 1, static_cast<int>(left / 1'000'000 + 1)) > 0) {
        const ssize_t n = read(report_.get(), buffer.data(), buffer.size());
        if (n > 0)
          said_.append(buffer.data(), static_cast<std::size_t>(n));
        else
          report_.reset();
      }
    }
  }

  bool ended() const { return report_.get() < 0; }
  /// The launcher's pid once the instance waits, else 0.
  pid_t launcher() const {
    pid_t pid = 0;
    const char* const end = said_.data() + said_.size();
    const auto [at, error] = std::from_chars(said_.data(), end, pid);
    return error == std::errc() && at != end && *at == '\n' ? pid : 0;
  }
  /// Once it has ended.
  std::string outcome() const {
    const std::string text = launcher() ? said_.substr(said_.find('\n') + 1) : said_;
    if (text.empty()) return "failed: its watcher was killed";
    return launcher() || text != "ok" ? text : "failed: it did not wait";
  }

 private:
  [[noreturn]] static void watch(Runner& runner, const Trial& trial, pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
    std::string said;
    try {
      said = runner.run(trial).outcome;
    } catch (const std::exception& error) {
      said = std::string("failed: ") + error.what();
    }
    if (write(trial.hold->ready, said.data(), said.size()) < 0) _exit(1);
    _exit(0);
  }

  pid_t pid_ = -1;
  Fd report_;
  std::string said_;
};

/// All of them, and the gate they wait at. However it is left, they end by themselves first, so
/// that each leaves nothing.
class Watchers {
 public:
  explicit Watchers(std::chrono::milliseconds deadline)
      : until_(now() + deadline.count() * 1'000'000 + kGrace) {}
  ~Watchers() { let_go(); }

  void start(Runner& runner, const Trial& trial) { all_.emplace_back(runner, trial, gate_); }

  /// The launchers of all, once all wait; fewer when one has ended instead.
  std::vector<pid_t> launchers() {
    std::vector<pid_t> pids;
    for (Watcher& watcher : all_) {
      watcher.listen(until_, [](const Watcher& w) { return w.launcher() != 0 || w.ended(); });
      if (watcher.ended()) break;
      pids.push_back(watcher.launcher());
    }
    return pids;
  }

  void let_go() {
    gate_.write.reset();
    for (Watcher& watcher : all_)
      watcher.listen(until_, [](const Watcher& w) { return w.ended(); });
  }

  /// After let_go(): "ok", or what became of the first that failed.
  std::string outcome() const {
    for (const Watcher& watcher : all_)
      if (watcher.outcome() != "ok") return watcher.outcome();
    return "ok";
  }

 private:
  std::int64_t until_;
  Pipe gate_ = make_pipe();
  std::vector<Watcher> all_;
};

}  // namespace

std::string run_together(Runner& runner, const Trial& trial, int count,
                         const std::function<void(const std::vector<pid_t>&)>& meanwhile) {
  Watchers watchers(trial.deadline);
  for (int i = 0; i < count; ++i) watchers.start(runner, trial);
  const auto launchers = watchers.launchers();
  if (launchers.size() == static_cast<std::size_t>(count)) meanwhile(launchers);
  watchers.let_go();
  return watchers.outcome();
}

}  // namespace strata
