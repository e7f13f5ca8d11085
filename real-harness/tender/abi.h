#pragma once

#include <cstdint>

/// What the tender (this folder) and the unikernel (guest/unikernel/) agree on: the guest's memory
/// as it finds it, and its hypercalls. After Solo5's hvt (github.com/Solo5/solo5,
/// include/hvt_abi.h, ISC license): one virtual CPU without interrupts, 64-bit from the first
/// instruction on, that asks for everything by port writes. Unlike there it runs in ring 3
/// throughout, because some KVMs (kvm-pvm) interpret ring 0.
///
/// The addresses are physical and virtual ones alike. Below kImageBase is the tender's; only the
/// boot page there can be read. From kImageBase to the end, all can be read, written and executed:
/// the image, then fresh memory, and the stack at the end. The guest starts at the image's entry
/// with rdi = kBootInfo and rsp = the end of memory, all zeros elsewhere; its exceptions, having no
/// handlers, end it.
namespace strata::abi {

inline constexpr std::uint64_t kMiB = 1 << 20;
inline constexpr std::uint64_t kBootInfo = 0x8000;
inline constexpr std::uint64_t kImageBase = 2 * kMiB;
inline constexpr std::uint64_t kStackSize = 256 << 10;
inline constexpr std::uint64_t kMinMemory = 4 * kMiB;
inline constexpr std::uint64_t kMaxMemory = 1024 * kMiB;

inline constexpr std::uint64_t kMagic = 0x0041544152545300;  // "\0STRATA\0"
inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::uint32_t kMaxWords = 128;

/// The boot page.
struct BootInfo {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t words;        ///< how many command words there are, at most kMaxWords
  std::uint64_t memory_size;  ///< bytes; memory is from 0 to here
  std::uint64_t image_end;    ///< the first address behind the image
  std::uint64_t tsc_khz;      ///< rate of the time stamp counter
  std::uint64_t network;      ///< 1: there is one (rings.h); 0: there is none
  char text[4096 - 48];       ///< the words one after another, a zero byte behind each
};
static_assert(sizeof(BootInfo) == 4096);

/// Hypercalls. Each is one write to (or read from) its port, of the bytes named; any other access
/// to a port breaks the rules.
enum Port : std::uint16_t {
  kMark = 0x500,   ///< 1 byte: this mark
  kWrite = 0x504,  ///< 4 bytes: the address of a WriteCall
  kRead = 0x508,   ///< read of 4 bytes: waits for one byte of input; kEndOfInput at its end
  kNull = 0x50c,   ///< 1 byte: nothing
  kExit = 0x510,   ///< 1 byte: the exit status; does not return
  /// 4 bytes: the address of a NetworkCall (rings.h). Without a network it breaks the rules.
  kNetwork = 0x514,
};

inline constexpr std::uint32_t kEndOfInput = 0xffffffff;

struct WriteCall {
  std::uint32_t to;       ///< 1: standard output, 2: standard error
  std::uint32_t address;  ///< of the bytes
  std::uint32_t size;
};

}  // namespace strata::abi
