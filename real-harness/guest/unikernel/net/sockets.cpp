#include "../../sockets.h"

#include <lwip/tcp.h>
#include <lwip/udp.h>
#include <string.h>

#include "../../text.h"
#include "netif.h"

// The sockets of serve.cpp on lwIP's raw interface, whose callbacks only put what came into queues.
// Of connections it has only those that others begin: the measured side serves.

namespace guest {
namespace {

constexpr int kSockets = 8, kQueue = 512;
constexpr long kReset = -104;           // Linux: ECONNRESET
constexpr long kLookAgeUs = 1000;       // receive_now() takes an exit no more often
constexpr long kMostAtOnce = 64 << 10;  // tcp_write takes less than 64 KiB

struct Socket {
  bool used;
  Kind kind;
  tcp_pcb* tcp;
  udp_pcb* udp;
  long limit_ms;
  Address there;        // the other end
  pbuf* queue[kQueue];  // what came, from first to last; of TCP one chain in the first place
  unsigned first, last;
  unsigned taken;         // bytes of the first that were given out
  bool ended, reset;      // by the other end
  int waiting[kSockets];  // of a listener: connections not yet accepted
  int count;
};
Socket sockets[kSockets];

Socket& at(long socket) { return sockets[socket]; }

int make(Kind kind, long limit_ms) {
  for (int i = 0; i < kSockets; ++i) {
    if (sockets[i].used) continue;
    memset(&sockets[i], 0, sizeof sockets[i]);
    sockets[i].used = true, sockets[i].kind = kind, sockets[i].limit_ms = limit_ms;
    return i;
  }
  return -1;
}

Address address_of(const ip_addr_t& host, u16_t port) {
  Address out;
  __builtin_memcpy(out.host, &host.addr, 4);
  out.set_port(port);
  return out;
}

ip_addr_t host_of(const Address& from) {
  ip_addr_t out;
  __builtin_memcpy(&out.addr, from.host, 4);
  return out;
}

bool is_empty(const Socket& s) { return s.first == s.last; }

bool put(Socket& s, pbuf* p) {
  if (s.last - s.first == kQueue) return false;
  s.queue[s.last++ % kQueue] = p;
  return true;
}

err_t came(void* socket, tcp_pcb* pcb, pbuf* p, err_t) {
  auto& s = *static_cast<Socket*>(socket);
  if (!p) {
    s.ended = true;
    return ERR_OK;
  }
  if (!put(s, p)) return ERR_MEM;  // lwIP then offers it again
  net::acknowledge(pcb, p->tot_len);
  return ERR_OK;
}

void broke(void* socket, err_t) {
  auto& s = *static_cast<Socket*>(socket);
  s.tcp = nullptr;  // lwIP has freed it
  s.reset = true;
}

void datagram(void* socket, udp_pcb*, pbuf* p, const ip_addr_t*, u16_t) {
  if (!put(*static_cast<Socket*>(socket), p)) pbuf_free(p);  // lost, as at any full socket
}

err_t arrived(void* listener, tcp_pcb* pcb, err_t error) {
  auto& l = *static_cast<Socket*>(listener);
  const int i = pcb && error == ERR_OK ? make(Kind::tcp, 0) : -1;
  if (i < 0) return ERR_MEM;  // lwIP aborts it
  Socket& s = sockets[i];
  s.tcp = pcb;
  s.there = address_of(pcb->remote_ip, pcb->remote_port);
  tcp_arg(pcb, &s);
  tcp_recv(pcb, came);
  tcp_err(pcb, broke);
  net::widen(pcb);
  l.waiting[l.count++] = i;
  return ERR_OK;
}

/// Lets the network go on until it is so, or the limit has come: false.
template <class Condition>
bool wait_until(long limit_ms, const Condition& is_so) {
  const long until = now() + limit_ms * 1'000'000;
  while (!is_so()) {
    const long left = until - now();
    if (left <= 0) return false;
    net::turn(left / 1000 + 1);
  }
  return true;
}

/// Takes what is in the queue, a stream's bytes or one datagram.
long take(Socket& s, void* data, long size) {
  auto* to = static_cast<char*>(data);
  long total = 0;
  while (!is_empty(s) && total < size) {
    pbuf* const p = s.queue[s.first % kQueue];
    const long left = p->tot_len - static_cast<long>(s.taken), room = size - total;
    const auto n = static_cast<u16_t>(left < room ? left : room);
    pbuf_copy_partial(p, to + total, n, static_cast<u16_t>(s.taken));
    total += n, s.taken += n;
    if (s.kind == Kind::udp || n == left) {
      pbuf_free(p);
      ++s.first, s.taken = 0;
    }
    if (s.kind == Kind::udp) return total;
    if (s.tcp) tcp_recved(s.tcp, n);
  }
  return total;
}

long receive(Socket& s, void* data, long size) {
  if (!is_empty(s)) return take(s, data, size);
  if (s.reset) return kReset;
  return s.ended ? 0 : kAgain;
}

long send_stream(Socket& s, const char* data, long size) {
  long done = 0;
  while (done < size) {
    if (!s.tcp) return kReset;
    const long room = static_cast<long>(tcp_sndbuf(s.tcp)), left = size - done;
    long n = left < room ? left : room;
    if (n >= kMostAtOnce) n = kMostAtOnce - 1;
    if (n > s.tcp->mss && n < left) n = s.tcp->mss;
    const auto written = [&] {
      return n > 0 &&
             tcp_write(s.tcp, data + done, static_cast<u16_t>(n), TCP_WRITE_FLAG_COPY) == ERR_OK;
    };
    if (written()) {
      done += n;
      tcp_output(s.tcp);
      continue;
    }
    const auto full = [&] { return static_cast<long>(tcp_sndbuf(s.tcp)) <= room; };
    if (!wait_until(s.limit_ms, [&] { return !s.tcp || !full(); })) return done ? done : kAgain;
  }
  return done;
}

long send_datagram(Socket& s, const void* data, long size) {
  constexpr long kNoMemory = -12;
  pbuf* const p = pbuf_alloc(PBUF_TRANSPORT, static_cast<u16_t>(size), PBUF_RAM);
  if (!p) return kNoMemory;
  pbuf_take(p, data, static_cast<u16_t>(size));
  const err_t error = udp_send(s.udp, p);
  pbuf_free(p);
  return error == ERR_OK ? size : kNoMemory;
}

}  // namespace

long open_at(Kind kind, Address& here, long limit_ms) {
  const int i = make(kind, limit_ms);
  if (i < 0) return -1;
  Socket& s = sockets[i];
  const auto port = static_cast<u16_t>(here.get_port());
  if (kind == Kind::udp) {
    s.udp = udp_new();
    if (!s.udp || udp_bind(s.udp, IP_ADDR_ANY, port) != ERR_OK) fail("bind");
    udp_recv(s.udp, datagram, &s);
    here.set_port(s.udp->local_port);
    return i;
  }
  tcp_pcb* const pcb = tcp_new();
  if (!pcb || tcp_bind(pcb, IP_ADDR_ANY, port) != ERR_OK) fail("bind");
  s.tcp = tcp_listen(pcb);
  if (!s.tcp) fail("listen");
  tcp_arg(s.tcp, &s);
  tcp_accept(s.tcp, arrived);
  here.set_port(s.tcp->local_port);
  return i;
}

long open_to(Kind kind, const Address& to, long limit_ms) {
  if (kind != Kind::udp) fail("connections of its own are not in the unikernel");
  Address any;
  const long socket = open_at(kind, any, limit_ms);
  const ip_addr_t host = host_of(to);
  if (udp_connect(at(socket).udp, &host, static_cast<u16_t>(to.get_port())) != ERR_OK)
    fail("connect");
  at(socket).there = to;
  return socket;
}

long accept_one(long listener, long limit_ms) {
  Socket& l = at(listener);
  if (!wait_until(l.limit_ms, [&] { return l.count > 0; })) return kAgain;
  const int socket = l.waiting[0];
  --l.count;
  for (int i = 0; i < l.count; ++i) l.waiting[i] = l.waiting[i + 1];
  at(socket).limit_ms = limit_ms;
  return socket;
}

void no_delay(long socket) {
  if (at(socket).tcp) tcp_nagle_disable(at(socket).tcp);
}

Address other_end(long socket) { return at(socket).there; }

long send_some(long socket, const void* data, long size) {
  Socket& s = at(socket);
  return s.kind == Kind::tcp ? send_stream(s, static_cast<const char*>(data), size)
                             : send_datagram(s, data, size);
}

long receive_some(long socket, void* data, long size) {
  Socket& s = at(socket);
  wait_until(s.limit_ms, [&] { return !is_empty(s) || s.ended || s.reset; });
  return receive(s, data, size);
}

long receive_now(long socket, void* data, long size) {
  Socket& s = at(socket);
  if (is_empty(s)) net::turn_if_older(kLookAgeUs);
  return receive(s, data, size);
}

void close_socket(long socket) {
  Socket& s = at(socket);
  for (; !is_empty(s); ++s.first) pbuf_free(s.queue[s.first % kQueue]);
  if (s.udp) udp_remove(s.udp);
  if (s.tcp && s.kind == Kind::tcp) {
    tcp_arg(s.tcp, nullptr);
    tcp_recv(s.tcp, nullptr);
    tcp_err(s.tcp, nullptr);
    if (tcp_close(s.tcp) != ERR_OK) tcp_abort(s.tcp);
  }
  s.used = false;
}

}  // namespace guest
