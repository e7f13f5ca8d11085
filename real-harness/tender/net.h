#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

namespace strata {

/// The guest's rings say what they may not; says what.
struct BrokenRing : std::runtime_error {
  using runtime_error::runtime_error;
};

/// What carries the guest's frames, offload header included (rings.h).
class Wire {
 public:
  virtual ~Wire() = default;
  /// A frame that cannot be taken is lost, as on any wire.
  virtual void send(std::span<const std::byte> frame) = 0;
  /// Bytes of the next frame, cut at the buffer's end; 0: none is there.
  virtual std::size_t receive(std::span<std::byte> buffer) = 0;
};

/// How many slots of each ring have been worked off: the tender's own count.
struct Progress {
  std::uint32_t sent = 0, received = 0;
};

/// What one look at the rings moved.
struct Moved {
  std::uint32_t sent = 0, received = 0;
  bool full = false;  ///< no slot is left to receive into
};

/// Sends what the guest offers and receives what is there, kSlots frames each way at most. `memory`
/// is the guest's, its first byte at address 0; the guest's own part begins at `lowest`. Whatever
/// is in it, only the guest's own part is read or written; throws BrokenRing. What was moved
/// before the broken slot stays so.
Moved work_off(std::span<std::byte> memory, std::uint64_t lowest, std::uint64_t rings,
               Progress& progress, Wire& wire);

/// A TAP device with vnet headers. Linux: Documentation/networking/tuntap.rst.
class Tap : public Wire {
 public:
  /// `fd`: an open TAP device made with IFF_VNET_HDR and IFF_NO_PI. Sets its header's size, and
  /// that checksums and segmentation of TCP over IPv4 may be left to the guest. Throws
  /// std::system_error.
  explicit Tap(int fd);
  void send(std::span<const std::byte> frame) override;
  std::size_t receive(std::span<std::byte> buffer) override;
  /// Waits until a frame is there or the time is over.
  void wait(std::uint32_t timeout_us);

 private:
  int fd_;
};

/// What kNetwork does, for the guest's NetworkCall at this address; see work_off().
void network_call(std::span<std::byte> memory, std::uint64_t lowest, std::uint32_t call,
                  Progress& progress, Tap& tap);

}  // namespace strata
