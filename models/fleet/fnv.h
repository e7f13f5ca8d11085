#pragma once

#include <cstdint>

namespace strata {

/// FNV-1a over 64-bit words (not bytes), as FLEET-CHURN states its checksums.
class Fnv {
 public:
  void word(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3; }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace strata
