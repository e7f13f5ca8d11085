#include "http.h"

#include <lwip/tcp.h>

#include "../../text.h"
#include "netif.h"

namespace guest::net {
namespace {

constexpr int kPage = 612;  // as large as the page nginx comes with
constexpr char kHead[] =
    "HTTP/1.1 200 OK\r\nServer: strata-unikernel\r\nContent-Type: text/html\r\n"
    "Content-Length: 612\r\n\r\n";
constexpr char kText[] =
    "<!DOCTYPE html><html><head><title>Strata</title></head><body>"
    "<p>A page of 612 bytes, from a unikernel.</p></body></html>\n";
constexpr int kAnswer = sizeof kHead - 1 + kPage;
char answer_text[kAnswer];

/// A connection: how many bytes of the empty line have come, and how many answers it is owed.
struct Connection {
  bool used;
  unsigned char matched;
  unsigned owed;
};
constexpr int kConnections = MEMP_NUM_TCP_PCB;
Connection connections[kConnections];

void forget(Connection& c) { c.used = false; }

/// Writes as many of the answers owed as there is place for.
void pay(Connection& c, tcp_pcb* pcb) {
  while (c.owed > 0 && tcp_sndbuf(pcb) >= kAnswer &&
         tcp_write(pcb, answer_text, kAnswer, TCP_WRITE_FLAG_COPY) == ERR_OK)
    --c.owed;
  tcp_output(pcb);
}

err_t close(Connection& c, tcp_pcb* pcb) {
  forget(c);
  tcp_arg(pcb, nullptr);
  tcp_recv(pcb, nullptr);
  tcp_sent(pcb, nullptr);
  tcp_err(pcb, nullptr);
  if (tcp_close(pcb) == ERR_OK) return ERR_OK;
  tcp_abort(pcb);
  return ERR_ABRT;
}

err_t came(void* connection, tcp_pcb* pcb, pbuf* p, err_t) {
  auto& c = *static_cast<Connection*>(connection);
  if (!p) return close(c, pcb);
  constexpr char kEnd[] = "\r\n\r\n";
  for (const pbuf* part = p; part; part = part->next) {
    const auto* text = static_cast<const char*>(part->payload);
    for (int i = 0; i < part->len; ++i) {
      if (text[i] == kEnd[c.matched])
        ++c.matched;
      else
        c.matched = text[i] == '\r';
      if (c.matched == 4) ++c.owed, c.matched = 0;
    }
  }
  tcp_recved(pcb, p->tot_len);
  pbuf_free(p);
  pay(c, pcb);
  return ERR_OK;
}

err_t left(void* connection, tcp_pcb* pcb, u16_t) {
  pay(*static_cast<Connection*>(connection), pcb);
  return ERR_OK;
}

void broke(void* connection, err_t) { forget(*static_cast<Connection*>(connection)); }

err_t arrived(void*, tcp_pcb* pcb, err_t error) {
  if (!pcb || error != ERR_OK) return ERR_VAL;
  for (Connection& c : connections) {
    if (c.used) continue;
    c = {true, 0, 0};
    tcp_arg(pcb, &c);
    tcp_recv(pcb, came);
    tcp_sent(pcb, left);
    tcp_err(pcb, broke);
    tcp_nagle_disable(pcb);
    return ERR_OK;
  }
  return ERR_MEM;  // lwIP aborts it
}

}  // namespace

long prepare_http(char** words) {
  const long port = number(words[1]);
  if (port < 1 || port > 65535) fail("http: a port is 1 to 65535");
  for (char& byte : answer_text) byte = ' ';
  __builtin_memcpy(answer_text, kHead, sizeof kHead - 1);
  __builtin_memcpy(answer_text + sizeof kHead - 1, kText, sizeof kText - 1);
  answer_text[kAnswer - 1] = '\n';
  tcp_pcb* const pcb = tcp_new();
  if (!pcb || tcp_bind(pcb, IP_ADDR_ANY, static_cast<u16_t>(port)) != ERR_OK)
    fail("http: the port cannot be had");
  tcp_pcb* const listener = tcp_listen(pcb);
  if (!listener) fail("http: the port cannot be listened on");
  tcp_accept(listener, arrived);
  return 0;
}

void http(char**, long) {
  constexpr long kForEver = 1'000'000;
  for (;;) turn(kForEver);
}

}  // namespace guest::net
