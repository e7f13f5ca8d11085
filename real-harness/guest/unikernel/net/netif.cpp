#include "netif.h"

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/ip4.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/tcp.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>

#include "../../text.h"
#include "driver.h"

namespace guest::net {
namespace {

constexpr unsigned kMtu = 1500, kEthernet = 14, kIpHeader = 20;
constexpr unsigned kCutSegments = 44;  // 44 * 1460 and headers are below 65536

netif device;
Device offers;
unsigned cut_to = kMtu - 40;  // the least maximum segment size of any connection so far
long last_turn;

/// A receive buffer as lwIP sees it.
struct Loan {
  pbuf_custom buffer;
  unsigned token;
};
Loan loans[kTokens];

void end_loan(pbuf* p) { give_back(reinterpret_cast<Loan*>(p)->token); }

void free_sent() {
  while (void* owner = take_sent()) pbuf_free(static_cast<pbuf*>(owner));
}

unsigned short big_endian(const unsigned char* at) {
  return static_cast<unsigned short>(at[0] << 8 | at[1]);
}

/// Where the checksum is in a header of TCP or UDP; 0: it is another.
unsigned short checksum_at(unsigned char protocol) {
  return protocol == IP_PROTO_TCP ? 16 : protocol == IP_PROTO_UDP ? 6 : 0;
}

/// Sum over the pseudo header (RFC 9293, 3.1), to which the device adds the rest.
unsigned short pseudo_sum(const unsigned char* ip, unsigned size) {
  unsigned sum = ip[9] + size;
  for (int i = 12; i < 20; i += 2) sum += big_endian(ip + i);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<unsigned short>((sum & 0xffff) + (sum >> 16));
}

/// Fills in what is left to the device.
void describe(unsigned char* frame, unsigned size) {
  OffloadHeader header = {};
  unsigned char* const ethernet = frame + sizeof header;
  unsigned char* const ip = ethernet + kEthernet;
  const unsigned short at = checksum_at(ip[9]);
  const bool whole = (big_endian(ip + 6) & (IP_MF | IP_OFFMASK)) == 0;
  if (big_endian(ethernet + 12) == ETHTYPE_IP && at && whole) {
    const unsigned ip_size = (ip[0] & 15) * 4U, rest = size - sizeof header - kEthernet - ip_size;
    unsigned char* const transport = ip + ip_size;
    const unsigned short sum = pseudo_sum(ip, rest);
    transport[at] = static_cast<unsigned char>(sum >> 8);
    transport[at + 1] = static_cast<unsigned char>(sum);
    header.flags = OffloadHeader::kNeedsChecksum;
    header.csum_start = static_cast<unsigned short>(kEthernet + ip_size);
    header.csum_offset = at;
    if (ip_size + rest > kMtu) {
      const unsigned tcp_size = (transport[12] >> 4) * 4U;
      header.gso_type = OffloadHeader::kTcp4;
      header.header_size = static_cast<unsigned short>(kEthernet + ip_size + tcp_size);
      header.gso_size = static_cast<unsigned short>(cut_to);
    }
  }
  __builtin_memcpy(frame, &header, sizeof header);
}

/// lwIP's linkoutput: the Ethernet frame is in `p`.
err_t output(netif*, pbuf* p) {
  pbuf* whole = p;
  if (p->next) {
    // One piece is what the ring takes.
    whole = pbuf_alloc(PBUF_RAW_TX, p->tot_len, PBUF_RAM);
    if (!whole) return ERR_MEM;
    pbuf_copy(whole, p);
  } else {
    pbuf_ref(whole);
  }
  if (pbuf_add_header(whole, sizeof(OffloadHeader)) != 0) fail("no place before a frame");
  auto* const frame = static_cast<unsigned char*>(whole->payload);
  const unsigned size = whole->tot_len;
  pbuf_remove_header(whole, sizeof(OffloadHeader));  // it may be sent once more
  describe(frame, size);
  if (!can_send()) exchange(0), free_sent();
  send(frame, size, whole);
  return ERR_OK;
}

err_t set_up(netif* n) {
  n->name[0] = 'n', n->name[1] = 't';
  n->mtu = kMtu;
  n->hwaddr_len = 6;
  for (int i = 0; i < 6; ++i) n->hwaddr[i] = offers.mac[i];
  n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_LINK_UP;
  n->output = etharp_output;
  n->linkoutput = output;
  return ERR_OK;
}

/// Whether the transport checksum of this IPv4 packet, for which nobody vouches, is right.
bool is_right(const pbuf* p) {
  const auto* ip = static_cast<const unsigned char*>(p->payload);
  const unsigned ip_size = (ip[0] & 15) * 4U, total = big_endian(ip + 2);
  const bool part = (big_endian(ip + 6) & (IP_MF | IP_OFFMASK)) != 0;
  if (!checksum_at(ip[9]) || part || total <= ip_size || total > p->tot_len) return true;
  const unsigned size = total - ip_size;
  if (ip[9] == IP_PROTO_UDP && size >= 8 && big_endian(ip + ip_size + 6) == 0) return true;
  unsigned long sum = pseudo_sum(ip, size);
  for (unsigned i = 0; i + 1 < size; i += 2) sum += big_endian(ip + ip_size + i);
  if (size % 2) sum += ip[total - 1] * 256UL;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

/// Gives a frame to lwIP: past its Ethernet header, because a frame with the largest packet is
/// longer than a pbuf may be.
void input(const Received& frame) {
  Loan& loan = loans[frame.token];
  loan.token = frame.token;
  loan.buffer.custom_free_function = end_loan;
  constexpr unsigned kHead = sizeof(OffloadHeader) + kEthernet;
  if (frame.size < kHead + kIpHeader) return give_back(frame.token);
  unsigned char* const packet = frame.frame + kHead;
  const auto size = static_cast<u16_t>(frame.size - kHead);
  pbuf* const p = pbuf_alloced_custom(PBUF_RAW, size, PBUF_REF, &loan.buffer, packet, size);
  const unsigned char good = OffloadHeader::kNeedsChecksum | OffloadHeader::kChecksumIsGood;
  const unsigned short type = big_endian(packet - 2);
  if (type == ETHTYPE_ARP)
    etharp_input(p, &device);
  else if (type == ETHTYPE_IP && ((frame.frame[0] & good) || is_right(p)))
    ip4_input(p, &device);
  else
    pbuf_free(p);
}

long until_timer_us() {
  const u32_t ms = sys_timeouts_sleeptime();
  return ms == SYS_TIMEOUTS_SLEEPTIME_INFINITE ? 1'000'000'000 : static_cast<long>(ms) * 1000;
}

}  // namespace

bool start() {
  if (!open_device(offers)) return false;
  if (!offers.checksums || !offers.segments) fail("the network device takes no offloads");
  lwip_init();
  ip4_addr_t own, mask, peer;
  IP4_ADDR(&own, 10, 77, 0, 2);
  IP4_ADDR(&mask, 255, 255, 255, 0);
  IP4_ADDR(&peer, 10, 77, 0, 1);
  netif_add(&device, &own, &mask, &peer, nullptr, set_up, nullptr);
  netif_set_default(&device);
  netif_set_up(&device);  // tells the network who is where
  exchange(0);
  return true;
}

void turn(long timeout_us) {
  const long timer = until_timer_us();
  exchange(timeout_us < timer ? timeout_us : timer);
  free_sent();
  for (Received frame; take_received(frame);) input(frame);
  sys_check_timeouts();
  last_turn = now();
}

void turn_if_older(long age_us) {
  if (now() - last_turn >= age_us * 1000) turn(0);
}

void widen(tcp_pcb* pcb) {
  if (pcb->mss < cut_to) cut_to = pcb->mss;
  pcb->mss = static_cast<u16_t>(cut_to * kCutSegments);
  if (pcb->cwnd < pcb->mss) pcb->cwnd = pcb->mss;
}

void acknowledge(tcp_pcb* pcb, unsigned bytes) {
  if (bytes >= 2 * cut_to) tcp_ack_now(pcb);
}

}  // namespace guest::net

extern "C" {

u32_t sys_now() { return static_cast<u32_t>(guest::now() / 1'000'000); }

[[noreturn]] void unikernel_assertion(const char* what) { guest::fail(what); }

unsigned unikernel_random() { return static_cast<unsigned>(__builtin_ia32_rdtsc()); }
}
