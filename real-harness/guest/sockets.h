#pragma once

namespace guest {

/// IPv4 sockets as serve.cpp and peer.cpp need them, so that another network stack has to offer
/// these functions only. Below zero, results are errors.

constexpr long kAgain = -11;  ///< the time limit of the socket came (Linux: EAGAIN)

/// Where serve listens, by TCP and by UDP.
constexpr long kPort = 5201;

struct Address {
  unsigned short family = 2;
  unsigned char port[2] = {0, 0};
  unsigned char host[4] = {0, 0, 0, 0};
  char zero[8] = {};
  void set_port(long p) {
    port[0] = static_cast<unsigned char>(p >> 8);
    port[1] = static_cast<unsigned char>(p);
  }
  long get_port() const { return port[0] * 256 + port[1]; }
};
static_assert(sizeof(Address) == 16);

enum class Kind : long { tcp = 1, udp = 2 };

/// A socket at this address, TCP ones listening; with port 0 the address is told the one chosen.
long open_at(Kind kind, Address& at, long limit_ms);
/// A socket whose other end is there. Each of its calls ends after the limit.
long open_to(Kind kind, const Address& to, long limit_ms);
/// Below zero when the other end does not take it within the limit.
long try_open_to(Kind kind, const Address& to, long limit_ms);
long accept_one(long listener, long limit_ms);
/// Every byte is sent at once, not only full packets.
void no_delay(long socket);
Address other_end(long socket);
long send_some(long socket, const void* data, long size);
long receive_some(long socket, void* data, long size);
/// As receive_some, but kAgain at once when nothing is there.
long receive_now(long socket, void* data, long size);
void no_more_sending(long socket);
void close_socket(long socket);

}  // namespace guest
