#include <fcntl.h>
#include <fmt/format.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

#include "real-harness/owned/child.h"
#include "real-harness/owned/memory.h"
#include "real-harness/owned/network.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

/// How long pipes are still read after the end of who wrote to them, and how long one side may take
/// to say what went wrong after the other has failed.
constexpr std::int64_t kLinger = 200'000'000;
constexpr std::int64_t kPeerLinger = 1'000'000'000;

/// Marks come once each and in this order: true when this one is the next.
bool take_mark(Outcome& outcome, char byte, std::int64_t at) {
  constexpr std::string_view kOrder = "EPVMD";
  const std::array<std::optional<std::int64_t>*, 5> marks = {
      &outcome.entered, &outcome.memory_ready, &outcome.devices_ready, &outcome.main,
      &outcome.done};
  const auto next = std::find_if(marks.begin(), marks.end(), [](auto* mark) { return !*mark; });
  if (next == marks.end() || byte != kOrder[static_cast<std::size_t>(next - marks.begin())])
    return false;
  **next = at;
  return true;
}

/// What a guest on a machine of its own said last; its exit status is lost there.
std::string last_line(const Outcome& outcome) {
  std::string said = outcome.output.empty() ? outcome.errors : outcome.output;
  while (!said.empty() && std::isspace(static_cast<unsigned char>(said.back()))) said.pop_back();
  if (said.empty()) return "";
  return ": " + said.substr(said.rfind('\n') + 1).substr(0, 300);
}

/// One of the two programs of a life, and its pipes. Marks come only from the instance. Its
/// end of the input is kept too: writing to an instance that is gone is then no error.
class Side {
 public:
  Side(const Launch& launch, bool marked)
      : Side(launch, make_pipe(), make_pipe(), make_pipe(), marked ? make_pipe() : no_marks()) {}

  Child child;
  Pipe in;
  Fd out, err, marks;
  bool ended = false;

  bool open() const { return out.get() >= 0 || err.get() >= 0 || marks.get() >= 0; }
  bool over() const { return ended && !open(); }
  std::array<pollfd, 4> polls() const {
    return {{{marks.get(), POLLIN, 0},
             {out.get(), POLLIN, 0},
             {err.get(), POLLIN, 0},
             {ended ? -1 : child.fd(), POLLIN, 0}}};
  }

 private:
  Side(const Launch& launch, Pipe i, Pipe o, Pipe e, Pipe m)
      : child(launch, {i.read.get(), o.write.get(), e.write.get(), m.write.get()}),
        in(std::move(i)),
        out(std::move(o.read)),
        err(std::move(e.read)),
        marks(std::move(m.read)) {}

  static Pipe no_marks() {
    Pipe none;
    const Fd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    none.write = Fd(fcntl(null.get(), F_DUPFD_CLOEXEC, 10));
    if (none.write.get() < 0) throw std::system_error(errno, std::generic_category(), "/dev/null");
    return none;
  }
};

/// One life: the instance and, from its mark `main` on, the peer.
class Life {
 public:
  Life(const Launch& launch, const Trial& trial)
      : launch_(launch),
        trial_(trial),
        until_(now() + trial.deadline.count() * 1'000'000),
        instance_(launch, true) {}

  Outcome run() {
    while (go_on()) {
    }
    const bool ended = instance_.ended;
    const int status = ended ? instance_.child.collect() : instance_.child.end();
    if (outcome_.ok() || outcome_.outcome == "timeout") {
      const std::string failure = ended ? instance_.child.failure(status, outcome_.errors) : "";
      if (launch_.until && failure.empty()) take_end(ended);
      if (!failure.empty())
        outcome_.outcome = "failed: " + failure;
      else if (!peer_failure_.empty())
        outcome_.outcome = "failed: the peer: " + peer_failure_;
      else if (outcome_.ok() && (!outcome_.main || !outcome_.done))
        outcome_.outcome = "failed: it ended without its marks" + last_line(outcome_);
    }
    outcome_.exec = instance_.child.exec();
    return std::move(outcome_);
  }

 private:
  /// The end of one that gives no marks.
  void take_end(bool ended) {
    if (!ended || outcome_.main) return;
    if (launch_.until->empty())
      outcome_.main = outcome_.done = ended_at_;
    else
      outcome_.outcome = fmt::format("failed: it ended without '{}' on its console{}",
                                     *launch_.until, last_line(outcome_));
  }

  /// Waits for whatever comes next and takes it. False: nothing will, or nothing more may.
  bool go_on() {
    if (instance_.over() && (!peer_ || peer_->over())) return false;
    const std::int64_t left = until_ - now();
    if (left <= 0) {
      if (!instance_.ended || (peer_ && !peer_->ended)) outcome_.outcome = "timeout";
      return false;
    }
    std::array<pollfd, 9> polls;
    polls.fill({-1, 0, 0});
    polls[8] = {held_ ? trial_.hold->go : -1, POLLIN, 0};
    std::ranges::copy(instance_.polls(), polls.begin());
    if (peer_) std::ranges::copy(peer_->polls(), polls.begin() + 4);
    if (poll(polls.data(), polls.size(), static_cast<int>(left / 1'000'000 + 1)) < 0) {
      if (errno == EINTR) return true;
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (!take(instance_, polls.data(), outcome_.output, outcome_.errors)) return false;
    if (peer_) {
      if (!take(*peer_, polls.data() + 4, outcome_.peer_output, peer_errors_)) return false;
      if (peer_->over() && peer_failure_.empty()) {
        peer_failure_ = peer_->child.failure(peer_->child.collect(), peer_errors_);
        // The instance may have failed first: then it is about to end.
        if (!peer_failure_.empty()) until_ = std::min(until_, now() + kLinger);
      }
    } else if (outcome_.main && !trial_.peer.empty()) {
      start_peer();
    }
    if (trial_.read_memory && outcome_.main && !asked_) read_memory();
    if (trial_.hold && outcome_.main && !asked_) hold();
    if (polls[8].revents) let_go();
    return true;
  }

  /// Takes what the polls say is there. False: it does what no guest may.
  bool take(Side& side, const pollfd* polls, std::string& output, std::string& errors) {
    if (polls[0].revents && !take_marks(side.marks)) return false;
    if (polls[1].revents) {
      const std::size_t before = output.size();
      if (!take_text(side.out, output)) return false;
      if (launch_.until && !launch_.until->empty() && has_come(output, before)) return false;
      if (launch_.marks_are_lines && &side == &instance_ && !take_mark_lines(output)) return false;
    }
    if (polls[2].revents && !take_text(side.err, errors)) return false;
    if (polls[3].revents) {
      side.ended = true;
      ended_at_ = now();
      // Pipes may still hold something, or be held open by who outlived it; and a peer ends with
      // its instance.
      const bool all = instance_.ended && (!peer_ || peer_->ended);
      if (all || instance_.ended) until_ = std::min(until_, now() + (all ? kLinger : kPeerLinger));
    }
    return true;
  }

  /// Whether the text that ends it stands in the output, of which so much was looked at before.
  bool has_come(const std::string& output, std::size_t before) {
    const std::string& text = *launch_.until;
    if (output.find(text, before - std::min(before, text.size())) == std::string::npos)
      return false;
    outcome_.main = outcome_.done = now();
    if (trial_.read_memory) outcome_.memory = memory_of(launch_.payload(instance_.child.pid()));
    return true;
  }

  std::string_view read_from(Fd& from) {
    const ssize_t n = read(from.get(), buffer_.data(), buffer_.size());
    if (n > 0) return {buffer_.data(), static_cast<std::size_t>(n)};
    from.reset();
    return {};
  }

  bool take_text(Fd& from, std::string& text) {
    text.append(read_from(from));
    if (text.size() <= kOutputLimit) return true;
    text.resize(kOutputLimit);
    outcome_.outcome = fmt::format("failed: wrote more than {} KiB", kOutputLimit / 1024);
    return false;
  }

  bool take_marks(Fd& from) {
    const std::string_view got = read_from(from);
    const std::int64_t at = now();
    for (const char byte : got)
      if (!take_mark(outcome_, byte, at)) return refuse_mark();
    return true;
  }

  /// Takes the marks out of the whole lines that have come; other lines stay.
  bool take_mark_lines(std::string& output) {
    constexpr std::string_view kMark = "mark ";
    while (true) {
      const std::size_t end = output.find('\n', looked_);
      if (end == std::string::npos) return true;
      if (end > looked_ && output[end - 1] == '\r') {  // a terminal's
        output.erase(end - 1, 1);
        continue;
      }
      const std::string_view line = std::string_view(output).substr(looked_, end - looked_);
      if (line.substr(0, kMark.size()) != kMark || line.substr(kMark.size() + 1, 5) != " tsc=") {
        looked_ = end + 1;
        continue;
      }
      if (!take_mark(outcome_, line[kMark.size()], now())) return refuse_mark();
      output.erase(looked_, end + 1 - looked_);
    }
  }

  bool refuse_mark() {
    outcome_.outcome = "failed: a mark that is unknown, repeated or out of order";
    return false;
  }

  void start_peer() {
    Launch peer;
    peer.argv = words_of(trial_.peer);
    peer.argv.insert(peer.argv.begin(), launch_.peer);
    peer.network = launch_.peer_network;
    // Now, because a machine that ends takes back what it had said of its TAP.
    if (launch_.wire) outcome_.wire = launch_.wire->devices();
    peer_.emplace(peer, false);
  }

  /// The payload is at its read; a runtime may say only after it has started the payload which one
  /// it is.
  void read_memory() {
    asked_ = true;
    for (int i = 0; i < 200 && !outcome_.memory && now() < until_; ++i) {
      usleep(5000);
      outcome_.memory = memory_of(launch_.payload(instance_.child.pid()));
    }
    end_wait();
  }

  void end_wait() {
    if (write(instance_.in.write.get(), "\n", 1) != 1)
      throw std::system_error(errno, std::generic_category(), "write");
  }

  void hold() {
    asked_ = held_ = true;
    const std::string line = fmt::format("{}\n", instance_.child.pid());
    if (write(trial_.hold->ready, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::system_error(errno, std::generic_category(), "write");
  }

  void let_go() {
    held_ = false;
    end_wait();
  }

  const Launch& launch_;
  const Trial& trial_;
  std::int64_t until_;
  Outcome outcome_;
  std::string peer_errors_, peer_failure_;
  bool asked_ = false;  // for the memory, or said to be ready
  bool held_ = false;
  std::int64_t ended_at_ = 0;
  std::size_t looked_ = 0;  // how much of the output was looked at for marks
  std::array<char, 4096> buffer_;
  Side instance_;
  std::optional<Side> peer_;
};

}  // namespace

Outcome supervise(const Launch& launch, const Trial& trial) {
  Launch started = launch;
  started.group = trial.group;
  return Life(started, trial).run();
}

std::vector<fs::path> descendants_of(pid_t launcher) {
  std::vector<pid_t> found = {launcher};
  std::vector<fs::path> processes;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const fs::path process = fs::path("/proc") / std::to_string(found[i]);
    const bool known =
        std::any_of(found.begin(), found.begin() + static_cast<long>(i),
                    [&](pid_t p) { return syscall(SYS_kcmp, p, found[i], KCMP_VM, 0, 0) == 0; });
    if (i > 0 && !known) processes.push_back(process);
    std::error_code none;
    for (const auto& thread : fs::directory_iterator(process / "task", none)) {
      std::ifstream children(thread.path() / "children");
      for (pid_t pid; children >> pid;) found.push_back(pid);
    }
  }
  return processes;
}

std::vector<fs::path> family_of(pid_t launcher) {
  std::vector<fs::path> processes = descendants_of(launcher);
  processes.push_back(fs::path("/proc") / std::to_string(launcher));
  return processes;
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
