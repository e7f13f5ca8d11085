#include "real-harness/tender/net.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "real-harness/tender/abi.h"
#include "real-harness/tender/rings.h"

namespace strata {
namespace {

/// The guest's own part of its memory, by its addresses.
struct Own {
  std::span<std::byte> memory;
  std::uint64_t lowest;

  /// Empty when these bytes are not all its own, or none.
  std::span<std::byte> at(std::uint64_t address, std::uint64_t size) const {
    if (address < lowest || address > memory.size() || size > memory.size() - address) return {};
    return memory.subspan(address, size);
  }
};

std::uint32_t acquire(std::byte* counter) {
  return std::atomic_ref(*reinterpret_cast<std::uint32_t*>(counter))
      .load(std::memory_order_acquire);
}

void release(std::byte* counter, std::uint32_t value) {
  std::atomic_ref(*reinterpret_cast<std::uint32_t*>(counter))
      .store(value, std::memory_order_release);
}

/// One ring, of which the guest may write any byte at any time: each value is read once.
class RingSide {
 public:
  RingSide(const Own& own, std::span<std::byte> ring, const char* name)
      : own_(own), ring_(ring), name_(name) {}

  /// How many slots are offered and not done.
  std::uint32_t open(std::uint32_t done) const {
    const std::uint32_t count = acquire(ring_.data() + offsetof(abi::Ring, offered)) - done;
    if (count > abi::kSlots)
      throw BrokenRing(std::string("its ring to ") + name_ + " offers " + std::to_string(count) +
                       " slots and has " + std::to_string(abi::kSlots));
    return count;
  }

  std::span<std::byte> buffer(std::uint32_t count) const {
    abi::Slot slot;
    std::memcpy(&slot, at(count), sizeof slot);
    const std::span<std::byte> out = own_.at(slot.address, slot.size);
    if (out.size() <= abi::kOffloadHeader || out.size() > abi::kMaxFrame)
      throw BrokenRing(std::string("its ring to ") + name_ + " has a buffer of " +
                       std::to_string(slot.size) + " bytes at address " +
                       std::to_string(slot.address) +
                       ", which is too small or too large or not all its own");
    return out;
  }

  void fill(std::uint32_t count, std::uint32_t size) const {
    std::memcpy(at(count) + offsetof(abi::Slot, filled), &size, sizeof size);
  }

  void close(std::uint32_t done) const { release(ring_.data() + offsetof(abi::Ring, done), done); }

 private:
  std::byte* at(std::uint32_t count) const {
    return ring_.data() + offsetof(abi::Ring, slots) + count % abi::kSlots * sizeof(abi::Slot);
  }

  Own own_;
  std::span<std::byte> ring_;
  const char* name_;
};

}  // namespace

Moved work_off(std::span<std::byte> memory, std::uint64_t lowest, std::uint64_t rings,
               Progress& progress, Wire& wire) {
  const Own own{memory, lowest};
  const std::span<std::byte> bytes = own.at(rings, sizeof(abi::Rings));
  if (bytes.empty() || rings % alignof(abi::Rings) != 0)
    throw BrokenRing("its rings are not all its own, or not on a multiple of 64");
  const RingSide send(own, bytes.subspan(offsetof(abi::Rings, send), sizeof(abi::Ring)), "send");
  const RingSide receive(own, bytes.subspan(offsetof(abi::Rings, receive), sizeof(abi::Ring)),
                         "receive");
  Moved moved;
  for (std::uint32_t open = send.open(progress.sent); moved.sent < open; ++moved.sent) {
    wire.send(send.buffer(progress.sent));
    send.close(++progress.sent);
  }
  const std::uint32_t open = receive.open(progress.received);
  for (; moved.received < open; ++moved.received) {
    const std::size_t size = wire.receive(receive.buffer(progress.received));
    if (size == 0) return moved;
    receive.fill(progress.received, static_cast<std::uint32_t>(size));
    receive.close(++progress.received);
  }
  moved.full = true;
  return moved;
}

Tap::Tap(int fd) : fd_(fd) {
  const auto must = [](int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
  };
  int size = abi::kOffloadHeader;
  must(ioctl(fd, TUNSETVNETHDRSZ, &size), "TUNSETVNETHDRSZ");
  must(ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4), "TUNSETOFFLOAD");
  const int flags = must(fcntl(fd, F_GETFL), "the TAP device");
  must(fcntl(fd, F_SETFL, flags | O_NONBLOCK), "the TAP device");
}

void Tap::send(std::span<const std::byte> frame) {
  // What the kernel refuses (a header that makes no sense, a device that is down) is lost.
  while (write(fd_, frame.data(), frame.size()) < 0 && errno == EINTR) {
  }
}

std::size_t Tap::receive(std::span<std::byte> buffer) {
  for (;;) {
    const ssize_t n = read(fd_, buffer.data(), buffer.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN) return 0;
    if (errno == EINTR) continue;
    throw std::system_error(errno, std::generic_category(), "the TAP device");
  }
}

void Tap::wait(std::uint32_t timeout_us) {
  pollfd tap{fd_, POLLIN, 0};
  const timespec limit{timeout_us / 1'000'000, timeout_us % 1'000'000 * 1000L};
  if (ppoll(&tap, 1, &limit, nullptr) < 0 && errno != EINTR)
    throw std::system_error(errno, std::generic_category(), "the TAP device");
}

void network_call(std::span<std::byte> memory, std::uint64_t lowest, std::uint32_t call,
                  Progress& progress, Tap& tap) {
  abi::NetworkCall asked;
  const std::span<std::byte> at = Own{memory, lowest}.at(call, sizeof asked);
  if (at.empty()) throw BrokenRing("the words of its network call are not its own");
  std::memcpy(&asked, at.data(), sizeof asked);
  const Moved moved = work_off(memory, lowest, asked.rings, progress, tap);
  if (moved.received > 0 || moved.full || asked.timeout_us == 0) return;
  tap.wait(asked.timeout_us);
  work_off(memory, lowest, asked.rings, progress, tap);
}

}  // namespace strata
