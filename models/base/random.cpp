#include "models/base/random.h"

#include <Random123/philox.h>

#include <algorithm>

namespace strata {

std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 14695981039346656037ULL;
  for (const char c : text) {
    h ^= static_cast<unsigned char>(c);
    h *= 1099511628211ULL;
  }
  return h;
}

Stream::Stream(std::uint64_t seed, std::string_view name) : seed_(seed), name_(hash(name)) {}

std::uint64_t Stream::bits() {
  using Philox = r123::Philox4x32;
  const auto low = [](std::uint64_t v) { return static_cast<std::uint32_t>(v); };
  const auto high = [](std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); };
  const Philox::ctr_type counter = {{low(count_), high(count_), low(name_), high(name_)}};
  const Philox::key_type key = {{low(seed_), high(seed_)}};
  const auto out = Philox{}(counter, key);
  ++count_;
  return (std::uint64_t{out[1]} << 32) | out[0];
}

double Stream::uniform() {
  // The greatest of the 2^53 values plus a half rounds up to 1, which is not in the interval.
  return std::min((static_cast<double>(bits() >> 11) + 0.5) * 0x1.0p-53, 1 - 0x1.0p-53);
}

}  // namespace strata
