#include <lwip/tcp.h>

#include "../../page.h"
#include "../../steps.h"
#include "netif.h"

namespace guest {
namespace {

PageAnswer page;

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
  while (c.owed > 0 && tcp_sndbuf(pcb) >= PageAnswer::kSize &&
         tcp_write(pcb, page.text, PageAnswer::kSize, TCP_WRITE_FLAG_COPY) == ERR_OK)
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
  for (const pbuf* part = p; part; part = part->next)
    c.owed += requests_ended(c.matched, static_cast<const char*>(part->payload), part->len);
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
  const long port = page_port(words[1]);
  page.fill();
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
  for (;;) net::turn(kForEver);
}

}  // namespace guest
