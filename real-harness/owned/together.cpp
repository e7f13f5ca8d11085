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

/// When a gate opens, which it does at the end of its pipe's only writer.
void wait_for(int gate) {
  char none;
  while (read(gate, &none, 1) < 0 && errno == EINTR) {
  }
}

/// Where instances wait for each other: after their mark `main`, or before their start.
enum class At { main, start };

/// A process that watches one instance. What it reports is the launcher's pid and a newline as soon
/// as the instance waits, and at the end the outcome, a newline, and the ns it took to `main`.
class Watcher {
 public:
  Watcher(Runner& runner, Trial trial, Pipe& gate, At at) {
    Pipe report = make_pipe();
    if (at == At::main) trial.hold = Hold{report.write.get(), gate.read.get()};
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ == 0) {
      gate.write.reset();  // it opens when this program's only copy is closed
      if (at == At::start) wait_for(gate.read.get());
      watch(runner, trial, report.write.get(), parent);
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
  /// Once it has ended. One that was to wait and did not has failed.
  std::string outcome(At at) const {
    const std::string end = launcher() ? said_.substr(said_.find('\n') + 1) : said_;
    const std::string text = end.substr(0, end.rfind('\n'));
    if (text.empty()) return "failed: its watcher was killed";
    return at == At::start || launcher() || text != "ok" ? text : "failed: it did not wait";
  }
  /// Once it has ended well.
  double ns_to_main() const { return std::stod(said_.substr(said_.rfind('\n') + 1)); }

 private:
  [[noreturn]] static void watch(Runner& runner, const Trial& trial, int report, pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
    std::string said;
    try {
      const Outcome outcome = runner.run(trial);
      said = fmt::format("{}\n{}", outcome.outcome, outcome.main.value_or(0) - outcome.exec);
    } catch (const std::exception& error) {
      said = fmt::format("failed: {}\n0", error.what());
    }
    if (write(report, said.data(), said.size()) < 0) _exit(1);
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
  Watchers(std::chrono::milliseconds deadline, At at)
      : until_(now() + deadline.count() * 1'000'000 + kGrace), at_(at) {}
  ~Watchers() { let_go(); }

  std::size_t size() const { return all_.size(); }
  void start(Runner& runner, const Trial& trial) { all_.emplace_back(runner, trial, gate_, at_); }

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
      if (watcher.outcome(at_) != "ok") return watcher.outcome(at_);
    return "ok";
  }

  /// After let_go(), when all ended well.
  std::vector<double> ns_to_main() const {
    std::vector<double> out;
    for (const Watcher& watcher : all_) out.push_back(watcher.ns_to_main());
    return out;
  }

 private:
  std::int64_t until_;
  At at_;
  Pipe gate_ = make_pipe();
  std::vector<Watcher> all_;
};

}  // namespace

std::string run_together(Runner& runner, const Trial& trial, int count,
                         const std::function<void(const std::vector<pid_t>&)>& meanwhile) {
  return run_growing(runner, trial, count, [&](const std::vector<pid_t>& launchers) {
    meanwhile(launchers);
    return 0;
  });
}

std::string run_growing(Runner& runner, const Trial& trial, int count,
                        const std::function<int(const std::vector<pid_t>&)>& more) {
  Watchers watchers(trial.deadline, At::main);
  for (int next = count; next > 0;) {
    for (int i = 0; i < next; ++i) watchers.start(runner, trial);
    const auto launchers = watchers.launchers();
    next = launchers.size() == watchers.size() ? more(launchers) : 0;
  }
  watchers.let_go();
  return watchers.outcome();
}

StartedAtOnce start_at_once(Runner& runner, const Trial& trial, int count) {
  Watchers watchers(trial.deadline, At::start);
  for (int i = 0; i < count; ++i) watchers.start(runner, trial);
  watchers.let_go();
  StartedAtOnce out{watchers.outcome(), {}};
  if (out.outcome == "ok") out.ns = watchers.ns_to_main();
  return out;
}

}  // namespace strata
