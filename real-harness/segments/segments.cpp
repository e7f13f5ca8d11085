// What does a TCP segment cost Linux from one socket to the other, and what do a pair of virtual
// Ethernet devices, a bridge and an address translation, as Docker sets them up, add to it? One
// thread holds both ends and writes and reads in turn, so nobody sleeps: the kernel takes a segment
// through both halves of its way within the write. A row is the time of one write, one read and the
// segment between them. As root, with ip and iptables:
//
//   build/strata_segments loopback devices > results/measured/NAME_segments/segments.csv
//
// Without devices it needs nothing but a kernel, and can be that kernel's first process in a
// machine that QEMU counts (-icount shift=0, one nanosecond an instruction):
// real-harness/segments/count.
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "real-harness/timed.h"

namespace strata {
namespace {

void shell(const std::string& command) {
  if (std::system(command.c_str()) != 0) {
    std::fprintf(stderr, "failed: %s\n", command.c_str());
    std::exit(1);
  }
}

sockaddr_in address(const char* ip, int port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, ip, &out.sin_addr);
  return out;
}

void move_to(int network) {
  if (network >= 0 && setns(network, CLONE_NEWNET) != 0) die("setns");
}

/// Both ends of a connection. The listener's end lives in the network namespace `there`; below
/// zero: in this one.
struct Connection {
  int near = -1, far = -1;

  Connection(sockaddr_in asked, sockaddr_in listening, int here, int there) {
    move_to(there);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, reinterpret_cast<sockaddr*>(&listening), sizeof listening) != 0 ||
        listen(listener, 1) != 0)
      die("listen");
    move_to(there < 0 ? -1 : here);
    near = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(near, reinterpret_cast<sockaddr*>(&asked), sizeof asked) != 0) die("connect");
    far = accept(listener, nullptr, nullptr);
    if (far < 0) die("accept");
    close(listener);
    const int one = 1;
    for (const int end : {near, far}) setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  ~Connection() {
    close(near);
    close(far);
  }
  Connection(const Connection&) = delete;
};

void pass(int from, int to, char* bytes, ssize_t n) {
  if (write(from, bytes, static_cast<std::size_t>(n)) != n) die("write");
  if (read(to, bytes, 4096) != n) die("read");  // all of it is there already
}

/// A question and its answer, bytes; both carry the other's acknowledgement.
void exchange(const std::string& what, const Connection& c) {
  static char bytes[4096];
  for (const auto& [question, answer] : {std::pair{1, 1}, {700, 210}, {110, 900}}) {
    const std::string name = what + "_" + std::to_string(question) + "_" + std::to_string(answer);
    const auto both = [&, q = question, a = answer] {
      pass(c.near, c.far, bytes, q);
      pass(c.far, c.near, bytes, a);
    };
    std::vector<double> ns = times(both, 500);
    for (double& n : ns) n /= 2;
    row(name, ns);
  }
}

void loopback_up() {
  const int s = socket(AF_INET, SOCK_DGRAM, 0);
  ifreq r{};
  std::strcpy(r.ifr_name, "lo");
  r.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(s, SIOCSIFFLAGS, &r) != 0) die("loopback device");
  close(s);
}

void loopback() {
  loopback_up();
  const sockaddr_in own = address("127.0.0.1", 80);
  exchange("loopback", Connection(own, own, -1, -1));
}

/// A namespace for the other end, and what lies between: a pair of devices; the pair and a bridge;
/// both, and the port of an address of this end translated to the other's.
void devices() {
  const int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  int ready[2];
  if (pipe(ready) != 0) die("pipe");
  const pid_t holder = fork();
  if (holder == 0) {
    if (unshare(CLONE_NEWNET) != 0) die("unshare");
    if (write(ready[1], "", 1) != 1) die("write");
    while (true) pause();
  }
  char byte = 0;
  if (read(ready[0], &byte, 1) != 1) die("read");
  const std::string pid = std::to_string(holder);
  const int there = open(("/proc/" + pid + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
  const sockaddr_in other = address("10.77.0.2", 80);

  shell("ip link add near type veth peer name far netns " + pid);
  shell("ip address add 10.77.0.1/24 dev near && ip link set near up");
  shell("nsenter -t " + pid +
        " -n sh -c 'ip address add 10.77.0.2/24 dev far; ip link set far up'");
  exchange("veth", Connection(other, other, here, there));
  shell("ip address del 10.77.0.1/24 dev near && ip link add over type bridge");
  shell(
      "ip link set near master over && ip address add 10.77.0.1/24 dev over && ip link set over "
      "up");
  exchange("veth_bridge", Connection(other, other, here, there));
  shell("iptables -t nat -A OUTPUT -p tcp -d 10.77.0.1 --dport 8080 -j DNAT --to 10.77.0.2:80");
  exchange("veth_bridge_translated", Connection(address("10.77.0.1", 8080), other, here, there));
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
}

}  // namespace
}  // namespace strata

int main(int count, char** words) {
  using namespace strata;
  const std::vector<std::string> asked(words + 1, words + count);
  for (const std::string& word : asked)
    if (word != "loopback" && word != "devices") {
      std::fprintf(stderr, "strata_segments: unknown '%s'; known: loopback devices\n",
                   word.c_str());
      return 2;
    }
  if (asked.empty()) {
    std::fprintf(stderr, "strata_segments: say which: loopback devices\n");
    return 2;
  }
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  sched_setaffinity(0, sizeof first, &first);
  const bool machine = getpid() == 1;
  // Alone in a machine there is nobody to come before; and a kernel of 6.1 whose thread for soft
  // interrupts is kept from running leaves segments to it, which then costs a sleep each.
  const sched_param before_others{50};
  if (!machine && sched_setscheduler(0, SCHED_FIFO, &before_others) != 0) die("real-time priority");
  if (!machine && unshare(CLONE_NEWNET) != 0) die("a network namespace of its own");
  columns();
  each("getppid", [] { syscall(SYS_getppid); });
  for (const std::string& word : asked) word == "loopback" ? loopback() : devices();
  if (machine) reboot(RB_AUTOBOOT);
}
