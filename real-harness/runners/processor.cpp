#include "real-harness/runners/processor.h"

#include <x86intrin.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace strata {

long tsc_khz() {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto first = __rdtsc();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto end = Clock::now();
  const auto last = __rdtsc();
  const double ms = std::chrono::duration<double, std::milli>(end - begin).count();
  return static_cast<long>(static_cast<double>(last - first) / ms + 0.5);
}

std::string kvm_kind() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("flags", 0) != 0) continue;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      if (word == "vmx") return "kvm-vmx";
      if (word == "svm") return "kvm-svm";
    }
    break;
  }
  return "kvm-pvm";
}

}  // namespace strata
