#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace strata {

/// Runs `body` in a forked child and returns the numbers it returned. SimGrid has one engine per
/// process, so a test executable with several simulations gives each a process of its own.
/// Throws std::runtime_error if the child did not end well; what it threw is on standard error.
inline std::vector<double> in_child(const std::function<std::vector<double>()>& body) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe to a child process");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no child process");
  if (child == 0) {
    int status = 1;
    close(ends[0]);
    try {
      const std::vector<double> numbers = body();
      const char* at = reinterpret_cast<const char*>(numbers.data());
      const char* const end = at + numbers.size() * sizeof(double);
      while (at < end) {
        const ssize_t written = write(ends[1], at, static_cast<std::size_t>(end - at));
        if (written <= 0) break;
        at += written;
      }
      status = at == end ? 0 : 1;
    } catch (const std::exception& problem) {
      std::fprintf(stderr, "child process: %s\n", problem.what());
    }
    std::fflush(nullptr);
    _exit(status);  // leaves out SimGrid's and GoogleTest's words at exit
  }
  close(ends[1]);
  std::string bytes;
  char buffer[1 << 16];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    bytes.append(buffer, static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("the child process failed");
  std::vector<double> numbers(bytes.size() / sizeof(double));
  bytes.copy(reinterpret_cast<char*>(numbers.data()), bytes.size());
  return numbers;
}

}  // namespace strata
