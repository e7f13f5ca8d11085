#pragma once

namespace guest::net {

/// What lwIP's netif (netif.h) needs of a network device. One driver is linked: rings.cpp of the
/// tender; a virtio-net would be another. Nothing here blocks but exchange(), and nothing happens
/// but in it.

/// What stands before each Ethernet frame: struct virtio_net_hdr_v1, little endian (virtio 1.1,
/// section 5.1.6).
struct OffloadHeader {
  static constexpr unsigned char kNeedsChecksum = 1, kChecksumIsGood = 2;  // flags
  static constexpr unsigned char kNoSegments = 0, kTcp4 = 1;               // gso_type
  unsigned char flags, gso_type;
  unsigned short header_size, gso_size, csum_start, csum_offset, buffers;
};
static_assert(sizeof(OffloadHeader) == 12);

/// The largest frame: header, Ethernet header, and the largest packet of IPv4.
constexpr unsigned kMaxFrame = sizeof(OffloadHeader) + 14 + 65535;

struct Device {
  unsigned char mac[6];
  bool checksums;  ///< transport checksums may be left to it
  bool segments;   ///< and segmentation of TCP over IPv4; it hands over such packets as well
};

/// A frame that came. Its bytes, offload header first, are the receiver's until give_back().
struct Received {
  unsigned char* frame;
  unsigned size;
  unsigned token;
};

/// False: this machine has no network.
bool open_device(Device& device);

/// Whether send() has a place left; exchange() makes some.
bool can_send();
/// Queues a frame, offload header first; it must stay as it is until take_sent() gives its owner
/// back. Precondition: can_send().
void send(const void* frame, unsigned size, void* owner);
/// The owner of a frame that has left, in the order of sending; null: of none yet.
void* take_sent();

/// Hands over what is queued and takes what came; when nothing did, waits so long for it.
void exchange(long timeout_us);

/// The next frame that came. False: there is none.
bool take_received(Received& received);
/// Precondition: each token once.
void give_back(unsigned token);
/// Tokens are below this.
constexpr unsigned kTokens = 128;

}  // namespace guest::net
