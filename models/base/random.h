#pragma once

#include <cstdint>
#include <string_view>

namespace strata {

/// 64-bit FNV-1a of a text: a stable name for streams, files and scenarios.
std::uint64_t hash(std::string_view text);

/// An independent random stream, found by seed and name alone (Philox 4x32-10, Salmon et al.,
/// SC'11, through the Random123 library). Drawing from one stream moves no other: a new draw in
/// one place changes nothing elsewhere, and the order in which streams are made does not matter.
class Stream {
 public:
  Stream(std::uint64_t seed, std::string_view name);

  std::uint64_t bits();
  /// In the open interval (0, 1), 53 bits.
  double uniform();

 private:
  std::uint64_t seed_;
  std::uint64_t name_;
  std::uint64_t count_ = 0;
};

}  // namespace strata
