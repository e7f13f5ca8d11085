#pragma once

#include <chrono>
#include <string>

namespace strata {

/// A bar on a terminal, a plain line now and then in a pipe; silent for work under two seconds.
/// Written to standard error, so that it never mixes with an answer.
class Progress {
 public:
  Progress(std::string what, int total);
  ~Progress();
  void done(int count);
  /// Instead, where nobody knows how much is left: a few words on how far it is.
  void say(const std::string& words);

 private:
  std::string what_;
  int total_;
  bool terminal_;
  bool shown_ = false;
  int tenth_ = 0;
  double said_ = 0;  // seconds from the beginning
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace strata
