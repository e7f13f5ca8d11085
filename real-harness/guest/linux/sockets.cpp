#include "../sockets.h"

#include "calls.h"

// Linux's own sockets.

namespace guest {
namespace {

constexpr long kBacklog = 1024;  // connections not yet accepted
constexpr long kDontWait = 0x40, kNoSignal = 0x4000;

void limit(long socket, long ms) {
  const struct { long s, us; } time = {ms / 1000, ms % 1000 * 1000};
  constexpr long kOptions[] = {20 /* SO_RCVTIMEO */, 21 /* SO_SNDTIMEO */};
  for (const long option : kOptions)
    must(call(kSetsockopt, socket, 1, option, address(&time), sizeof time), "setsockopt");
}

long make(Kind kind, long limit_ms) {
  const long socket = must(call(kSocket, 2, static_cast<long>(kind), 0), "socket");
  limit(socket, limit_ms);
  return socket;
}

}  // namespace

long open_at(Kind kind, Address& at, long limit_ms) {
  const long socket = make(kind, limit_ms);
  must(call(kBind, socket, address(&at), sizeof at), "bind");
  if (kind == Kind::tcp) must(call(kListen, socket, kBacklog), "listen");
  int size = sizeof at;
  must(call(kGetsockname, socket, address(&at), address(&size)), "getsockname");
  return socket;
}

long open_to(Kind kind, const Address& to, long limit_ms) {
  const long socket = make(kind, limit_ms);
  must(call(kConnect, socket, address(&to), sizeof to), "connect");
  return socket;
}

long try_open_to(Kind kind, const Address& to, long limit_ms) {
  const long socket = make(kind, limit_ms);
  const long result = call(kConnect, socket, address(&to), sizeof to);
  if (result >= 0) return socket;
  close_socket(socket);
  return result;
}

long accept_one(long listener, long limit_ms) {
  const long socket = call(kAccept, listener, 0, 0);
  if (socket >= 0) limit(socket, limit_ms);
  return socket;
}

void no_delay(long socket) {
  const int yes = 1;
  must(call(kSetsockopt, socket, 6, 1, address(&yes), sizeof yes), "TCP_NODELAY");
}

Address other_end(long socket) {
  Address there;
  int size = sizeof there;
  must(call(kGetpeername, socket, address(&there), address(&size)), "getpeername");
  return there;
}

long send_some(long socket, const void* data, long size) {
  return call(kSendto, socket, address(data), size, kNoSignal);
}

long receive_some(long socket, void* data, long size) {
  return call(kRecvfrom, socket, address(data), size);
}

long receive_now(long socket, void* data, long size) {
  return call(kRecvfrom, socket, address(data), size, kDontWait);
}

void no_more_sending(long socket) { call(kShutdown, socket, 1); }

void close_socket(long socket) { call(kClose, socket); }

}  // namespace guest
