#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

// What the programs that time calls one by one have in common: relay/, segments/, filters/. It
// includes nothing of the harness, so that a file with it compiles by itself (segments/count).

namespace strata {

/// CLOCK_MONOTONIC, ns.
inline std::int64_t now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

/// Says what failed and errno's words, and ends the program with status 1.
[[noreturn]] inline void die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

/// ns of one call: means of so many batches of so many calls.
template <class Call>
std::vector<double> times(Call call, int calls = 1000, int batches = 200) {
  std::vector<double> ns;
  for (int b = 0; b < batches; ++b) {
    const auto begin = now();
    for (int i = 0; i < calls; ++i) call();
    ns.push_back(static_cast<double>(now() - begin) / calls);
  }
  return ns;
}

/// Median, 5th and 95th percentile of samples, each one of them; there must be one.
struct Percentiles {
  double median = 0, p5 = 0, p95 = 0;
};

inline Percentiles percentiles(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double q) {
    return samples[static_cast<std::size_t>(q * static_cast<double>(samples.size() - 1))];
  };
  return {at(0.5), at(0.05), at(0.95)};
}

/// The header of a table of `row`.
inline void columns() { std::puts("what,median_ns,p5_ns,p95_ns,n"); }

/// One line of it, written at once: whole ns.
inline void row(const std::string& what, const std::vector<double>& ns) {
  const Percentiles p = percentiles(ns);
  std::printf("%s,%.0f,%.0f,%.0f,%zu\n", what.c_str(), p.median, p.p5, p.p95, ns.size());
  std::fflush(stdout);
}

/// The row of a call.
template <class Call>
void each(const std::string& what, Call call) {
  row(what, times(call));
}

}  // namespace strata
