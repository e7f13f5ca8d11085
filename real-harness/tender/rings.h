#pragma once

#include <cstdint>

/// The network between the tender (net.h) and the unikernel (guest/unikernel/net/rings.cpp): two
/// rings of slots in the guest's memory, one to send and one to receive, and one hypercall,
/// kNetwork (abi.h), that works both off. There are no interrupts: a guest that has nothing to do
/// waits in that hypercall, which so is also the one exit of a batch of frames.
///
/// A frame in a buffer is an offload header (struct virtio_net_hdr_v1, little endian: virtio 1.1,
/// section 5.1.6), then the Ethernet frame without its checksum. Its IPv4 packet may be as large as
/// such packets get, 65535 bytes, if the header says into what it is to be cut (GSO, TCP over
/// IPv4); such ones are received, too. Transport checksums may be left to the other side in both
/// ways.
///
/// Ownership. Counters go up by one a slot from 0 and wrap at 2^32; count c is slot c % kSlots.
/// Slots done <= c < offered are the tender's, with their buffers; all others are the guest's.
/// `offered` is written by the guest alone, with release order after the slot; the tender reads it
/// with acquire order. `done` is written by the tender alone, with release order after the slot and
/// buffer; the guest reads it with acquire order. The tender keeps its own count of what it has
/// done and believes nothing it reads here; offered - done > kSlots breaks the rules, and so does a
/// buffer that is not all in the guest's part of the memory.
namespace strata::abi {

inline constexpr std::uint32_t kSlots = 256;
inline constexpr std::uint32_t kOffloadHeader = 12;  ///< bytes
inline constexpr std::uint32_t kMaxFrame = kOffloadHeader + 14 + 65535;

struct Slot {
  std::uint32_t address;  ///< of the buffer
  std::uint32_t size;     ///< bytes to send, kMaxFrame at most; to receive: of the whole buffer
  std::uint32_t filled;   ///< to receive: bytes that came; a frame that is larger is cut
  std::uint32_t reserved;
};

/// The two counters are on cache lines of their own, so that neither side's writes hold up the
/// other's, should the two ever run at once.
struct Ring {
  alignas(64) std::uint32_t offered;
  alignas(64) std::uint32_t done;
  alignas(64) Slot slots[kSlots];
};

/// Begins on a multiple of 64.
struct Rings {
  Ring send, receive;
};
static_assert(sizeof(Slot) == 16 && sizeof(Rings) == 2 * (128 + 16 * kSlots));

/// What kNetwork is given. It takes all that is offered to be sent and receives what is there; when
/// nothing is there it waits, so long at most, for one frame and takes those that then are.
struct NetworkCall {
  std::uint32_t rings;  ///< their address
  std::uint32_t timeout_us;
};

}  // namespace strata::abi
