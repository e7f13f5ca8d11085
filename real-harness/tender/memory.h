#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace strata {

/// How a guest's memory is backed: the trade between its size and its speed. What a page costs on
/// its first touch in the guest was measured under kvm-pvm (2026-11, Xeon 2.6 GHz, n >= 20): lean
/// 36 to 47 us, fast 0.1 us.
enum class Profile {
  lean,  ///< pages of 4 KiB, each there once it is used
  fast,  ///< pages of 2 MiB, all of them there before the guest starts
};

/// A guest's memory: zeros, begun on a multiple of 2 MiB so that it can have pages of that size.
class GuestMemory {
 public:
  /// `size` in bytes. Throws std::system_error.
  GuestMemory(std::uint64_t size, Profile profile);
  ~GuestMemory();
  GuestMemory(const GuestMemory&) = delete;
  GuestMemory& operator=(const GuestMemory&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }

  /// The bytes at these guest addresses; nullptr when they are not all the guest's own.
  std::byte* at(std::uint64_t address, std::uint64_t size) const;

 private:
  std::span<std::byte> mapped_, bytes_;
};

}  // namespace strata
