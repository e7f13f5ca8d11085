// What does the tender's start cost, beside the smallest guest that this /dev/kvm can run? From the
// open of /dev/kvm: there to the first port's exit, here to the mark main of `hello`, which is its
// fourth. Each iteration runs one of each, one after the other, so that a disturbance meets both
// alike; beside it, from the clone of the tender to the same mark, and 200 guests started at once.

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/scale/minimal_guest.h"

namespace strata {
namespace {

std::int64_t now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec;
}

/// A tender under way, and the pipe that it writes its phases into at its end.
struct Tender {
  pid_t pid = -1;
  int phases = -1;
  std::int64_t clone = 0;
};

Tender start(const char* profile, long mib, const char* step = "hello", int input = -1) {
  int phases[2];
  if (pipe2(phases, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const int given = fcntl(phases[1], F_DUPFD, 10);  // stays open at the exec, unlike the other one
  const std::string memory = std::to_string(mib), to = std::to_string(given);
  Tender out{-1, phases[0], now()};
  out.pid = vfork();
  if (out.pid == 0) {
    const int null = open("/dev/null", O_RDWR);
    dup2(input < 0 ? null : input, 0), dup2(null, 1), dup2(null, 3);
    execl(STRATA_TENDER, STRATA_TENDER, "--memory", memory.c_str(), "--profile", profile,
          "--phases", to.c_str(), STRATA_UNIKERNEL, step, nullptr);
    _exit(127);
  }
  close(phases[1]);
  close(given);
  return out;
}

/// Its phases' ends once it has ended; the mark main is "mark M".
std::map<std::string, std::int64_t> phases_of(const Tender& tender) {
  std::string text;
  char buffer[1024];
  for (ssize_t n; (n = read(tender.phases, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  close(tender.phases);
  int status = 0;
  waitpid(tender.pid, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("the tender failed");
  std::map<std::string, std::int64_t> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t cut = line.rfind(' ');
    out[line.substr(0, cut)] = std::stoll(line.substr(cut));
  }
  return out;
}

double us_at(std::vector<std::int64_t> ns, double quantile) {
  std::sort(ns.begin(), ns.end());
  return static_cast<double>(ns[static_cast<std::size_t>(quantile * double(ns.size() - 1))]) / 1e3;
}

void start_beside_the_smallest(benchmark::State& state, const char* profile, Backing backing) {
  const long mib = state.range(0);
  std::vector<std::int64_t> smallest, ours, cloned;
  try {
    for (auto _ : state) {
      smallest.push_back(minimal_guest(static_cast<std::uint64_t>(mib) << 20, backing));
      const Tender tender = start(profile, mib);
      auto at = phases_of(tender);
      ours.push_back(at.at("mark M") - at.at("start"));
      cloned.push_back(at.at("mark M") - tender.clone);
    }
    state.counters["smallest_us"] = us_at(smallest, 0.5);
    state.counters["open_to_main_us"] = us_at(ours, 0.5);
    state.counters["clone_to_main_us"] = us_at(cloned, 0.5);
    state.counters["ratio"] = us_at(ours, 0.5) / us_at(smallest, 0.5);
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
}
BENCHMARK_CAPTURE(start_beside_the_smallest, lean, "lean", Backing::pages)
    ->Arg(4)
    ->Arg(16)
    ->Iterations(200)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(start_beside_the_smallest, fast, "fast", Backing::huge_pages)
    ->Arg(4)
    ->Arg(16)
    ->Iterations(200)
    ->Unit(benchmark::kMillisecond);

void start_at_once(benchmark::State& state, const char* profile) {
  std::vector<std::int64_t> cloned;
  try {
    for (auto _ : state) {
      std::vector<Tender> all;
      for (long i = 0; i < state.range(0); ++i) all.push_back(start(profile, 16));
      for (const Tender& tender : all)
        cloned.push_back(phases_of(tender).at("mark M") - tender.clone);
    }
    state.counters["median_us"] = us_at(cloned, 0.5);
    state.counters["p99_us"] = us_at(cloned, 0.99);
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
}
BENCHMARK_CAPTURE(start_at_once, lean, "lean")->Arg(1)->Arg(10)->Arg(200)->Iterations(5);

/// KiB in a line "KEY: NUMBER kB" of a file.
double kib_of(const std::string& file, const std::string& key) {
  std::ifstream in(file);
  for (std::string word; in >> word;)
    if (double kib = 0; word == key + ":" && in >> kib) return kib;
  throw std::runtime_error(file + " has no " + key);
}

/// What each of many guests takes that are at rest at once: its tender's PSS, and what the host has
/// less of (MemFree) since before the first one.
void rest_at_once(benchmark::State& state, const char* profile) {
  try {
    for (auto _ : state) {
      int held[2];
      if (pipe2(held, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
      const double before = kib_of("/proc/meminfo", "MemFree");
      std::vector<Tender> all;
      for (long i = 0; i < state.range(0); ++i) all.push_back(start(profile, 16, "wait", held[0]));
      sleep(2);  // all are at rest, and so is what the kernel does in the background
      double pss = 0;
      for (const Tender& tender : all)
        pss += kib_of("/proc/" + std::to_string(tender.pid) + "/smaps_rollup", "Pss");
      const auto count = static_cast<double>(state.range(0));
      state.counters["memfree_kib_each"] = (before - kib_of("/proc/meminfo", "MemFree")) / count;
      state.counters["pss_kib_each"] = pss / count;
      close(held[1]);
      close(held[0]);
      for (const Tender& tender : all) phases_of(tender);
    }
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
}
BENCHMARK_CAPTURE(rest_at_once, lean, "lean")->Arg(200)->Iterations(3);

}  // namespace
}  // namespace strata
