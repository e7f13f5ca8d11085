#include "steps.h"
#include "talk.h"

// The side of the network that is measured: does what its peer asks for, until the peer says end.
// Its own clock, which may be an emulated one, is asked nothing but not to wait for ever.

namespace guest {
namespace {

constexpr long kPatienceMs = 20000;

/// True once the peer has said that it is enough, or has gone.
bool enough(long peer) {
  char byte;
  return receive_now(peer, &byte, 1) != kAgain;
}

void sink(long peer) {
  long total = 0;
  for (long n; (n = must(receive_some(peer, buffer, kBufferSize), "sink")) > 0;) total += n;
  say(peer, Line().add(total));
}

void source(long peer) {
  while (!enough(peer))
    if (send_some(peer, buffer, kBufferSize) < 0) break;
}

void echo(long peer) {
  no_delay(peer);
  for (long n; (n = must(receive_some(peer, buffer, kBufferSize), "echo")) > 0;)
    if (send_some(peer, buffer, n) != n) break;
}

long datagram_size(const char* text) {
  const long size = number(text);
  if (size < 1 || size > kMaxDatagram) fail("a datagram has 1 to 1472 bytes");
  return size;
}

void udp_sink(long peer, long size) {
  constexpr long kLookMs = 20;
  Address at;
  at.set_port(kPort);
  const long socket = open_at(Kind::udp, at, kLookMs);
  say(peer, Line().add("ready"));
  long count = 0, idle = 0;
  for (long look = 1;; ++look) {
    const long n = receive_some(socket, buffer, kBufferSize);
    if (n == size) ++count, idle = 0;
    if (n == size && look % kDatagramsPerLook != 0) continue;
    if (enough(peer)) break;
    if (n == kAgain && ++idle > kPatienceMs / kLookMs) fail("no datagram and no end of them");
  }
  while (receive_now(socket, buffer, kBufferSize) == size) ++count;
  close_socket(socket);
  say(peer, Line().add(count));
}

void udp_source(long peer, long size, long port) {
  Address to = other_end(peer);
  to.set_port(port);
  const long socket = open_to(Kind::udp, to, kPatienceMs);
  long count = 0;
  for (long look = 1; look % kDatagramsPerLook != 0 || !enough(peer); ++look)
    if (send_some(socket, buffer, size) == size) ++count;
  close_socket(socket);
  say(peer, Line().add(count));
}

}  // namespace

long prepare_serve(char**) {
  Address at;
  at.set_port(kPort);
  return open_at(Kind::tcp, at, kPatienceMs);
}

void serve(char**, long listener) {
  for (;;) {
    const long peer = must(accept_one(listener, kPatienceMs), "no peer came");
    const Words asked = read_words(peer);
    const auto is = [&](const char* name) { return same(asked.word[0], name); };
    if (is("end")) return close_socket(peer);
    if (is("sink"))
      sink(peer);
    else if (is("source"))
      source(peer);
    else if (is("echo"))
      echo(peer);
    else if (is("udp-sink"))
      udp_sink(peer, datagram_size(asked.word[1]));
    else if (is("udp-source"))
      udp_source(peer, datagram_size(asked.word[1]), number(asked.word[2]));
    else
      fail("the peer asks for something unknown");
    close_socket(peer);
  }
}

}  // namespace guest
