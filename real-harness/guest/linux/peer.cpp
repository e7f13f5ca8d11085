#include "../steps.h"
#include "../talk.h"
#include "calls.h"

// The side of the network that measures. What is counted has arrived, and the time is this side's.

namespace guest {
namespace {

constexpr long kPatienceMs = 5000;

Address served;  // by whom the last step was served

Address parse_host(const char* text) {
  Address out;
  int part = 0, value = 0;
  for (;; ++text) {
    if (*text >= '0' && *text <= '9') {
      value = value * 10 + (*text - '0');
    } else if ((*text == '.' || !*text) && part < 4) {
      out.host[part++] = static_cast<unsigned char>(value);
      value = 0;
    }
    if (!*text) break;
  }
  if (part != 4) fail("a host is four numbers with points");
  return out;
}

/// A connection to the instance, which is asked for this.
long ask(const Line& request) {
  const long socket = open_to(Kind::tcp, served, kPatienceMs);
  say(socket, request);
  return socket;
}

void set_served(const char* host) {
  served = parse_host(host);
  served.set_port(kPort);
}

long read_number(long socket) { return number(read_words(socket).word[0]); }

long received(long result) {
  if (result == kAgain) fail("nothing came for five seconds");
  if (must(result, "receive") == 0) fail("the instance ended the connection");
  return result;
}

/// Sends what the caller's words say to the end of the time; bytes and time until all had arrived.
void send_for(const char* name, long ns) {
  const long socket = ask(Line().add("sink"));
  long sent = 0;
  const long begin = now();
  while (now() - begin < ns) {
    const long n = send_some(socket, buffer, kBufferSize);
    if (n == kAgain) fail("the instance took nothing for five seconds");
    sent += must(n, "send");
  }
  no_more_sending(socket);
  const long arrived = read_number(socket);
  const long took = now() - begin;
  if (arrived != sent) fail("not as many bytes arrived as were sent");
  close_socket(socket);
  answer(name, took, arrived);
}

}  // namespace

void tcp_send(char** words, long) {
  set_served(words[1]);
  send_for(words[0], number(words[2]) * 1000000);
}

void tcp_receive(char** words, long) {
  set_served(words[1]);
  const long ns = number(words[2]) * 1000000;
  const long socket = ask(Line().add("source"));
  received(receive_some(socket, buffer, kBufferSize));
  long count = 0, took = 0;
  for (const long begin = now(); took < ns; took = now() - begin)
    count += received(receive_some(socket, buffer, kBufferSize));
  no_more_sending(socket);
  // What is on its way must not meet the next step.
  for (const long until = now() + kPatienceMs * 1000000;
       must(receive_some(socket, buffer, kBufferSize), "receive") > 0;)
    if (now() > until) fail("the instance does not stop sending");
  close_socket(socket);
  answer(words[0], took, count);
}

void tcp_round_trips(char** words, long) {
  constexpr long kWarmUps = 10;
  set_served(words[1]);
  const long count = number(words[2]);
  const long socket = ask(Line().add("echo"));
  no_delay(socket);
  char byte = 0;
  long begin = 0;
  for (long i = -kWarmUps; i < count; ++i) {
    if (i == 0) begin = now();
    if (must(send_some(socket, &byte, 1), "send") != 1) fail("a byte was not sent");
    received(receive_some(socket, &byte, 1));
  }
  const long took = now() - begin;
  close_socket(socket);
  answer(words[0], took, count);
}

void udp_send(char** words, long) {
  set_served(words[1]);
  const long size = number(words[2]), ns = number(words[3]) * 1000000;
  if (size > kMaxDatagram) fail("a datagram has 1 to 1472 bytes");
  const long control = ask(Line().add("udp-sink ").add(size));
  if (!same(read_words(control).word[0], "ready")) fail("the instance is not ready");
  const long socket = open_to(Kind::udp, served, kPatienceMs);
  long sent = 0;
  const long begin = now();
  for (long look = 0; look % kDatagramsPerLook != 0 || now() - begin < ns; ++look) {
    const long n = send_some(socket, buffer, size);
    constexpr long kNoBuffers = -105;  // a full queue: as lost as on the way
    if (n == size) ++sent;
    if (n < 0 && n != kNoBuffers && n != kAgain) fail("a datagram cannot be sent", n);
  }
  no_more_sending(control);
  send_some(socket, buffer, 0);  // makes an instance that waits for a datagram look
  const long arrived = read_number(control);
  const long took = now() - begin;
  if (arrived > sent) fail("more datagrams arrived than were sent");
  close_socket(socket);
  close_socket(control);
  answer(words[0], took, arrived, sent);
}

void udp_receive(char** words, long) {
  set_served(words[1]);
  const long size = number(words[2]), ns = number(words[3]) * 1000000;
  Address at;
  const long socket = open_at(Kind::udp, at, kPatienceMs);
  const long control = ask(Line().add("udp-source ").add(size).add(" ").add(at.get_port()));
  received(receive_some(socket, buffer, kBufferSize));
  long count = 0, took = 0;
  const long begin = now();
  for (long look = 1; took < ns; ++look) {
    if (received(receive_some(socket, buffer, kBufferSize)) == size) ++count;
    if (look % kDatagramsPerLook == 0) took = now() - begin;
  }
  no_more_sending(control);
  const long sent = read_number(control);
  if (count >= sent) fail("more datagrams arrived than were sent");
  close_socket(socket);
  close_socket(control);
  answer(words[0], took, count, sent);
}

void stream(char** words, long) {
  served = parse_host("127.0.0.1");
  const long listener = open_at(Kind::tcp, served, kPatienceMs);
  if (fork_owned() == 0) {
    serve(words, listener);
    end(0);
  }
  send_for(words[0], number(words[1]) * 1000000);
}

void first_answer(char** words, long) {
  // A refusal comes at once; what is not there yet says nothing.
  constexpr long kSilenceMs = 20;
  constexpr struct { long s, ns; } kPause = {0, 100'000};
  Address to = parse_host(words[1]);
  to.set_port(number(words[2]));
  for (long tries = 1;; ++tries) {
    const long socket = try_open_to(Kind::tcp, to, kSilenceMs);
    const long at = now();
    if (socket >= 0) {
      close_socket(socket);
      return answer(words[0], at, tries);
    }
    call(kNanosleep, address(&kPause), 0);
  }
}

void leave_served() {
  if (served.get_port() != 0) close_socket(ask(Line().add("end")));
}

}  // namespace guest
