#include "models/host/workers.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <stdexcept>

namespace strata {
namespace {

struct Child {
  int task;
  pid_t pid;
  int pipe;
  std::string output;
};

void write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) _exit(3);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

/// Exit status 0: the output; 4: the output is what was thrown.
[[noreturn]] void run_child(int fd, int task, const std::function<std::string(int)>& work) {
  try {
    write_all(fd, work(task));
    _exit(0);
  } catch (const std::exception& error) {
    write_all(fd, error.what());
    _exit(4);
  }
}

Child launch(int task, const std::function<std::string(int)>& work) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error(std::string("pipe: ") + std::strerror(errno));
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
  if (pid == 0) {
    close(ends[0]);
    run_child(ends[1], task, work);
  }
  close(ends[1]);
  return {task, pid, ends[0], {}};
}

TaskResult collect(Child& child) {
  close(child.pipe);
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return {"", std::string("crashed: ") + strsignal(WTERMSIG(status))};
  if (WEXITSTATUS(status) == 4) return {"", child.output};
  if (WEXITSTATUS(status) != 0)
    return {"", "ended with status " + std::to_string(WEXITSTATUS(status))};
  return {std::move(child.output), ""};
}

}  // namespace

std::vector<TaskResult> run_forked(int count, int jobs, const std::function<std::string(int)>& task,
                                   const std::function<void(int)>& progress) {
  std::vector<TaskResult> results(static_cast<std::size_t>(count));
  std::vector<Child> running;
  int next = 0, done = 0;
  while (done < count) {
    while (next < count && static_cast<int>(running.size()) < std::max(1, jobs))
      running.push_back(launch(next++, task));
    std::vector<pollfd> waiting;
    for (const Child& child : running) waiting.push_back({child.pipe, POLLIN, 0});
    if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR)
      throw std::runtime_error(std::string("poll: ") + std::strerror(errno));
    for (std::size_t i = waiting.size(); i-- > 0;) {
      if (waiting[i].revents == 0) continue;
      char buffer[65536];
      const ssize_t n = read(running[i].pipe, buffer, sizeof buffer);
      if (n > 0) {
        running[i].output.append(buffer, static_cast<std::size_t>(n));
      } else if (n == 0 || errno != EINTR) {
        results[static_cast<std::size_t>(running[i].task)] = collect(running[i]);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
        if (progress)
          progress(++done);
        else
          ++done;
      }
    }
  }
  return results;
}

}  // namespace strata
