#include "real-harness/application/life.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <system_error>
#include <utility>

#include "real-harness/owned/memory.h"

namespace strata {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
/// How often the memory is looked at under load; seldom, for each look stops it for a moment.
constexpr std::int64_t kMemoryPeriod = 200 * kMillisecond;

Fd null_device() {
  const Fd low(open("/dev/null", O_RDWR | O_CLOEXEC));
  Fd null(fcntl(low.get(), F_DUPFD_CLOEXEC, 10));
  if (null.get() < 0) throw std::system_error(errno, std::generic_category(), "/dev/null");
  return null;
}

/// A program of a life and the beginning of what it writes.
class Program {
 public:
  explicit Program(const Launch& launch)
      : Program(launch, make_pipe(), null_device(), make_pipe(), make_pipe()) {}

  Child child;
  std::string output, errors;

  bool ended() {
    pollfd wait{child.fd(), POLLIN, 0};
    return poll(&wait, 1, 0) > 0;
  }
  /// What went wrong, once it has ended.
  std::string failure() {
    const int status = child.collect();
    while (take(out_, output) || take(err_, errors)) {
    }
    return child.failure(status, errors.empty() ? output : errors);
  }
  std::array<pollfd, 3> polls() const {
    return {{{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}, {child.fd(), POLLIN, 0}}};
  }
  void take() { take(out_, output), take(err_, errors); }

 private:
  Program(const Launch& launch, Pipe in, Fd null, Pipe out, Pipe err)
      : child(launch, {in.read.get(), out.write.get(), err.write.get(), null.get()}),
        in_(std::move(in.write)),
        out_(std::move(out.read)),
        err_(std::move(err.read)) {
    for (const Fd* end : {&out_, &err_}) fcntl(end->get(), F_SETFL, O_NONBLOCK);
  }

  /// Takes what is there; beyond the limit it is read and forgotten. False: nothing was there.
  static bool take(Fd& from, std::string& text) {
    std::array<char, 16384> buffer;
    const ssize_t n = from.get() < 0 ? 0 : read(from.get(), buffer.data(), buffer.size());
    if (n == 0) from.reset();
    if (n <= 0) return false;
    text.append(buffer.data(), std::min(static_cast<std::size_t>(n), kOutputLimit - text.size()));
    return true;
  }

  Fd in_, out_, err_;  // standard input stays open: a console hangs up at its end
};

/// What ends a life before its end: it is the outcome.
struct Ended {
  std::string outcome;
};

class Life {
 public:
  Life(const Stage& stage, int port, const Load& load, std::chrono::milliseconds deadline,
       bool counted)
      : stage_(stage),
        port_(port),
        load_(load),
        until_(now() + deadline.count() * kMillisecond),
        counted_(counted),
        instance_(stage.launch) {}

  ServedLife run() {
    try {
      find_first_answer();
      std::optional<UsageCounter> usage;
      if (counted_) usage.emplace(stage_.launch.payload(instance_.child.pid()));
      run_load();
      if (usage) life_.usage = usage->read();
    } catch (const Ended& ended) {
      life_.outcome = ended.outcome;
    }
    life_.exec = instance_.child.exec();
    return std::move(life_);
  }

 private:
  Launch peer(std::vector<std::string> argv) const {
    Launch launch;
    launch.argv = std::move(argv);
    launch.network = stage_.launch.peer_network;
    launch.own_namespaces = true;
    return launch;
  }

  /// Reads what instance and program write until the program has ended. The instance may not.
  void wait_for(Program& program, const std::function<void()>& at_times = {}) {
    for (std::int64_t next = now() + kMemoryPeriod / 2; !program.ended();) {
      const std::int64_t at = now();
      if (at >= until_) throw Ended{"timeout"};
      if (at_times && at >= next) at_times(), next = now() + kMemoryPeriod;
      const auto a = instance_.polls(), b = program.polls();
      std::array<pollfd, 6> polls{a[0], a[1], a[2], b[0], b[1], b[2]};
      const std::int64_t left = std::min(until_, at_times ? next : until_) - at;
      if (poll(polls.data(), polls.size(), static_cast<int>(left / kMillisecond + 1)) < 0 &&
          errno != EINTR)
        throw std::system_error(errno, std::generic_category(), "poll");
      instance_.take();
      program.take();
      require_instance();
    }
  }

  void require_instance() {
    if (!instance_.ended()) return;
    std::string why = instance_.failure();
    if (why.empty()) why = last_words(instance_.output);  // a machine ends well, whatever was in it
    if (why.empty()) why = "exit status 0; it must stay in the foreground";
    throw Ended{"failed: the application ended by itself: " + why};
  }

  /// How a machine's first process says that the application ended, and what that said before.
  static std::string last_words(const std::string& text) {
    std::istringstream lines(text);
    std::string before, last;
    for (std::string line; std::getline(lines, line);)
      if (!line.empty()) before = std::exchange(last, line.substr(0, 300));
    return before.empty() ? last : last + ": " + before;
  }

  void find_first_answer() {
    Program tries(
        peer({stage_.launch.peer, "first-answer", Network::kInstance, std::to_string(port_)}));
    try {
      wait_for(tries);
    } catch (const Ended& ended) {
      if (ended.outcome != "timeout") throw;
      throw Ended{fmt::format("failed: nothing accepted connections at port {} in time", port_)};
    }
    if (const std::string why = tries.failure(); !why.empty())
      throw Ended{"failed: the first answer: " + why};
    std::istringstream in(tries.output);
    std::string name, time;
    in >> name >> time;
    if (time.rfind("ns=", 0) != 0) throw Ended{"failed: the first answer is no answer"};
    life_.first_answer = std::stoll(time.substr(3));
  }

  void run_load() {
    Program program(peer(load_.argv));
    const std::int64_t begin = now();
    wait_for(program, [&] { look_at_memory(); });
    const double seconds = static_cast<double>(now() - begin) / 1e9;
    if (const std::string why = program.failure(); !why.empty())
      throw Ended{"failed: the load: " + why};
    if (program.output.size() == kOutputLimit)
      throw Ended{fmt::format("failed: the load wrote more than {} KiB", kOutputLimit / 1024)};
    if (!life_.memory) look_at_memory();
    if (!life_.memory) throw Ended{"failed: the application's memory could not be read"};
    life_.load = report_of(load_, program.output, seconds);
    if (!life_.load.failure.empty()) throw Ended{"failed: the load: " + life_.load.failure};
  }

  void look_at_memory() {
    const auto use = memory_of(stage_.launch.payload(instance_.child.pid()));
    if (use && (!life_.memory || use->pss > life_.memory->pss)) life_.memory = use;
  }

  const Stage& stage_;
  int port_;
  const Load& load_;
  std::int64_t until_;
  bool counted_;
  ServedLife life_;
  Program instance_;
};

}  // namespace

ServedLife serve(const Stage& stage, int port, const Load& load, std::chrono::milliseconds deadline,
                 bool counted) {
  return Life(stage, port, load, deadline, counted).run();
}

}  // namespace strata
