#include "real-harness/measuring/disturbance.h"

#include <chrono>
#include <cstdint>

namespace strata {

namespace {

double loop(int turns) {
  const auto begin = std::chrono::steady_clock::now();
  volatile std::uint64_t start = 1;
  std::uint64_t x = start;
  for (int i = 0; i < turns; ++i) x = x * 6364136223846793005ULL + 1442695040888963407ULL;
  start = x;
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

double reference_loop() {
  loop(1'500'000);  // a processor that slept while the instance ran first wakes and speeds up
  return loop(5'000'000);
}

bool is_disturbed(const Quiet& quiet, double least) {
  return quiet.loop > 1.1 * least || quiet.steal > 0.02;
}

}  // namespace strata
