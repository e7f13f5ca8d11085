#include "../network.h"

#include <lwip/priv/tcp_priv.h>

#include "../../text.h"
#include "netif.h"

namespace guest {
namespace {

bool there = false;

long prepare_served(char** words) {
  if (!there) fail("this machine has no network");
  return same(words[0], "serve") ? prepare_serve(words) : prepare_http(words);
}

constexpr Step kSteps[] = {
    {"serve", 0, true, prepare_served, serve},
    {"http", 1, false, prepare_served, http},
};

}  // namespace

void prepare_network() { there = net::start(); }

void finish_network() {
  // What connections still have to say, for a second at most.
  for (const long until = now() + 1'000'000'000; there && tcp_active_pcbs && now() < until;)
    net::turn(10'000);
  if (there) net::turn(0);
}

Steps network_steps() { return {kSteps, sizeof kSteps / sizeof *kSteps}; }

}  // namespace guest
