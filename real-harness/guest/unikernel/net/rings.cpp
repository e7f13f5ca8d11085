#include "../../../tender/rings.h"

#include "../../text.h"
#include "../tender/hypercall.h"
#include "driver.h"

// The driver of the tender's network: two rings in shared memory (tender/rings.h).

namespace guest::net {
namespace {

using abi::kSlots;
using abi::Ring;

abi::Rings rings;
unsigned char* buffers;   // to receive; kTokens of kMaxFrame bytes
void* owners[kSlots];     // of what is in the ring to send
unsigned tokens[kSlots];  // of the buffers in the ring to receive
unsigned sent, received;  // counts up to which take_sent() and take_received() have come

static_assert(sizeof(OffloadHeader) == abi::kOffloadHeader && kMaxFrame == abi::kMaxFrame);
static_assert(kTokens <= kSlots);

unsigned done(const Ring& ring) { return __atomic_load_n(&ring.done, __ATOMIC_ACQUIRE); }

void offer(Ring& ring, const void* at, unsigned size) {
  ring.slots[ring.offered % kSlots] = {low(at), size, 0, 0};
  __atomic_store_n(&ring.offered, ring.offered + 1, __ATOMIC_RELEASE);
}

}  // namespace

bool open_device(Device& device) {
  if (boot().network == 0) return false;
  // A locally administered address; there is one instance on a wire.
  device = {{0x02, 0x53, 0x54, 0x52, 0x41, 0x02}, true, true};
  buffers = const_cast<unsigned char*>(
      reinterpret_cast<volatile unsigned char*>(fresh_memory(Bytes{kTokens} * kMaxFrame)));
  for (unsigned token = 0; token < kTokens; ++token) give_back(token);
  return true;
}

bool can_send() { return rings.send.offered - sent < kSlots; }

void send(const void* frame, unsigned size, void* owner) {
  owners[rings.send.offered % kSlots] = owner;
  offer(rings.send, frame, size);
}

void* take_sent() {
  if (sent == done(rings.send)) return nullptr;
  return owners[sent++ % kSlots];
}

void exchange(long timeout_us) {
  const abi::NetworkCall call = {low(&rings), static_cast<unsigned>(timeout_us)};
  out(abi::kNetwork, low(&call));
}

bool take_received(Received& out) {
  if (received == done(rings.receive)) return false;
  const abi::Slot& slot = rings.receive.slots[received % kSlots];
  const unsigned token = tokens[received % kSlots];
  out = {buffers + Bytes{token} * kMaxFrame, slot.filled, token};
  ++received;
  return true;
}

void give_back(unsigned token) {
  tokens[rings.receive.offered % kSlots] = token;
  offer(rings.receive, buffers + Bytes{token} * kMaxFrame, kMaxFrame);
}

}  // namespace guest::net
