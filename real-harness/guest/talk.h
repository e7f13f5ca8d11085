#pragma once

#include "sockets.h"
#include "text.h"

namespace guest {

/// What peer and instance say to each other: each step of the peer is one TCP connection to kPort
/// that begins with a request, a line of words and numbers. The peer holds the clock and says when
/// it is enough, by ending its direction of the connection.
///
///   sink               the peer's bytes; the instance then answers how many came
///   source             the instance's bytes, until enough
///   echo               each byte comes back, until enough
///   udp-sink SIZE      "ready", the peer's datagrams to kPort, enough, an empty one; how many came
///   udp-source SIZE PORT   datagrams to the peer's port, until enough; how many were sent
///   end                the instance's step ends

/// A datagram is one Ethernet frame; longer ones would be fragmented.
constexpr long kMaxDatagram = 1472;

/// How many datagrams pass between two looks at the clock or at the connection.
constexpr long kDatagramsPerLook = 16;

/// A line of at most kMax bytes cut into words at the spaces.
struct Words {
  static constexpr int kMax = 40;
  char text[kMax + 1];
  const char* word[3];
};

inline Words read_words(long socket) {
  Words out;
  int size = 0;
  for (;; ++size) {
    if (size == Words::kMax) fail("the other side's line does not end");
    const long n = receive_some(socket, out.text + size, 1);
    if (n == kAgain) fail("the other side says nothing");
    if (must(n, "a line of the other side") == 0) fail("the other side ends in a line");
    if (out.text[size] == '\n') break;
  }
  out.text[size] = 0;
  char* at = out.text;
  for (const char*& word : out.word) {
    word = at;
    while (*at && *at != ' ') ++at;
    if (*at) *at++ = 0;
  }
  return out;
}

inline void say(long socket, Line line) {
  line.end_line();
  if (send_some(socket, line.text, line.size) != line.size) fail("the other side takes no line");
}

}  // namespace guest
