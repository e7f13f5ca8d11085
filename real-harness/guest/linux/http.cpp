#include "../page.h"
#include "../sockets.h"
#include "../steps.h"
#include "calls.h"

// The step `http` on Linux: one process that waits for all its connections by epoll.

namespace guest {
namespace {

constexpr long kPatienceMs = 5000;
constexpr long kMaxConnections = 1024;
constexpr unsigned kIn = 1;  // EPOLLIN

struct [[gnu::packed]] Event {
  unsigned events;
  unsigned long socket;
};

PageAnswer page;
unsigned char matched[kMaxConnections];  // of each socket

void watch(long all, long socket) {
  Event event = {kIn, static_cast<unsigned long>(socket)};
  must(call(kEpollCtl, all, 1 /* EPOLL_CTL_ADD */, socket, address(&event)), "epoll_ctl");
}

/// False: the connection has ended.
bool answer_one(long socket) {
  const long n = receive_now(socket, buffer, kBufferSize);
  if (n == kAgain) return true;
  if (n <= 0) return false;
  for (unsigned owed = requests_ended(matched[socket], buffer, n); owed > 0; --owed)
    if (send_some(socket, page.text, PageAnswer::kSize) != PageAnswer::kSize) return false;
  return true;
}

void take_one(long all, long listener) {
  const long socket = accept_one(listener, kPatienceMs);
  if (socket < 0) return;
  if (socket >= kMaxConnections) return close_socket(socket);
  matched[socket] = 0;
  no_delay(socket);
  watch(all, socket);
}

}  // namespace

long prepare_http(char** words) {
  page.fill();
  Address at;
  at.set_port(page_port(words[1]));
  return open_at(Kind::tcp, at, kPatienceMs);
}

void http(char**, long listener) {
  constexpr int kAtOnce = 64;
  Event events[kAtOnce];
  const long all = must(call(kEpollCreate1, 0), "epoll_create1");
  for (watch(all, listener);;) {
    const long ready = call(kEpollWait, all, address(events), kAtOnce, -1);
    for (long i = 0; i < ready; ++i) {
      const long socket = static_cast<long>(events[i].socket);
      if (socket == listener)
        take_one(all, listener);
      else if (!answer_one(socket))
        close_socket(socket);
    }
  }
}

}  // namespace guest
