#include "models/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace strata {

Progress::Progress(std::string what, int total)
    : what_(std::move(what)), total_(total), terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_ && terminal_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::done(int count) {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
  if (passed.count() < 2 || total_ == 0) return;
  const double share = static_cast<double>(count) / total_;
  const double left = passed.count() * (1 - share) / share;
  if (terminal_) {
    const auto full = static_cast<std::size_t>(30 * share);
    fmt::print(stderr, "\r\x1b[K{} [{}{}] {}/{}, {:.0f} s left", what_, std::string(full, '='),
               std::string(30 - full, ' '), count, total_, left);
    std::fflush(stderr);
  } else if (const int tenth = static_cast<int>(10 * share); !shown_ || tenth > tenth_) {
    fmt::print(stderr, "{}: {} of {}, {:.0f} s left\n", what_, count, total_, left);
    tenth_ = tenth;
  }
  shown_ = true;
}

void Progress::say(const std::string& words) {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
  if (passed.count() < 2 || (!terminal_ && shown_ && passed.count() < said_ + 15)) return;
  fmt::print(stderr, "{}{}: {}, {:.0f} s{}", terminal_ ? "\r\x1b[K" : "", what_, words,
             passed.count(), terminal_ ? "" : "\n");
  std::fflush(stderr);
  said_ = passed.count();
  shown_ = true;
}

}  // namespace strata
