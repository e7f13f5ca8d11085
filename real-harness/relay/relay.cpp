// What does relaying packets between a guest's ring and a tap cost the thread that does it, and
// what does waking that thread cost? Makes the calls of a VMM's network thread one by one, wakes
// threads that sleep and that spin, on the same and on the other core, and stops a traced process.
// As root, on a machine with two cores and /dev/net/tun that does nothing else:
//
//   build/strata_relay > results/measured/NAME_relay/relay.csv
//
// With `bridge`: what of writing a frame to a tap is the tap's own, what IP's and UDP's, what a
// bridge's.
//
//   build/strata_relay bridge > results/measured/NAME_relay/bridge.csv
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "real-harness/timed.h"

namespace strata {
namespace {

/// To one of the cores; below zero: to neither.
void pin(int core) {
  if (core < 0) {
    cpu_set_t all;
    CPU_ZERO(&all);
    for (int c = 0; c < 2; ++c) CPU_SET(c, &all);
    sched_setaffinity(0, sizeof all, &all);
    return;
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) die("sched_setaffinity");
}

void busy(std::int64_t ns) {
  const auto until = now() + ns;
  while (now() < until) {
  }
}

/// One thread sleeps in epoll_wait on an eventfd on `there`, another writes it on core 0.
void wake(const char* name, int there, std::int64_t asleep, int rounds) {
  const int efd = eventfd(0, EFD_NONBLOCK), ep = epoll_create1(0);
  epoll_event ev{};
  ev.events = EPOLLIN;
  epoll_ctl(ep, EPOLL_CTL_ADD, efd, &ev);
  std::atomic<std::int64_t> woken{0};
  std::atomic<bool> stop{false};
  std::thread sleeper([&] {
    pin(there);
    while (!stop) {
      epoll_event got{};
      epoll_wait(ep, &got, 1, -1);
      const auto when = now();
      std::uint64_t n;
      if (read(efd, &n, 8) < 0 && errno != EAGAIN) die("read");
      woken = when;  // not before: the next round's write would be read with this one's
    }
  });
  pin(0);
  std::vector<double> latency, cost;
  for (int r = 0; r < rounds; ++r) {
    woken = 0;
    if (asleep > 500'000)
      usleep(static_cast<useconds_t>(asleep / 1000));
    else
      busy(asleep);
    const std::uint64_t one = 1;
    const auto begin = now();
    if (write(efd, &one, 8) != 8) die("write");
    const auto done = now();
    if (there == 0) sched_yield();
    while (woken == 0) {
      if (there == 0) sched_yield();
    }
    latency.push_back(static_cast<double>(woken - begin));
    cost.push_back(static_cast<double>(done - begin));
  }
  stop = true;
  const std::uint64_t one = 1;
  if (write(efd, &one, 8) != 8) die("write");
  sleeper.join();
  row(std::string("wake_latency_") + name, latency);
  row(std::string("wake_cost_to_waker_") + name, cost);
  close(efd);
  close(ep);
}

/// A flag in memory, the other side spinning on core 1: there and back, halved.
void spin() {
  std::atomic<int> ball{0};
  std::atomic<bool> stop{false};
  std::thread other([&] {
    pin(1);
    while (!stop)
      if (ball == 1) ball = 0;
  });
  pin(0);
  usleep(10000);
  std::vector<double> ns;
  for (int r = 0; r < 20000; ++r) {
    const auto begin = now();
    ball = 1;
    while (ball == 1) {
    }
    ns.push_back(static_cast<double>(now() - begin) / 2);
  }
  stop = true;
  other.join();
  row("hand_over_spinning_one_way", ns);
}

/// A tap of a network namespace of its own, 10.9.0.1 on this side.
struct RelayTap {
  int fd;
  std::array<unsigned char, 6> mac;
};

/// A tap by that name.
int opened(const char* name) {
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  if (fd < 0) die("/dev/net/tun");
  ifreq r{};
  std::strcpy(r.ifr_name, name);
  r.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (ioctl(fd, TUNSETIFF, &r) != 0) die("TUNSETIFF");
  return fd;
}

RelayTap opened_tap() {
  if (unshare(CLONE_NEWNET) != 0) die("unshare");
  const int fd = opened("wk0");
  ifreq r{};
  std::strcpy(r.ifr_name, "wk0");
  if (std::system("ip addr add 10.9.0.1/24 dev wk0 && ip link set lo up && ip link set wk0 up && "
                  "ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev wk0") != 0)
    die("ip");
  const int s = socket(AF_INET, SOCK_DGRAM, 0);
  if (ioctl(s, SIOCGIFHWADDR, &r) != 0) die("SIOCGIFHWADDR");
  close(s);
  RelayTap t{fd, {}};
  std::memcpy(t.mac.data(), r.ifr_hwaddr.sa_data, 6);
  return t;
}

std::uint16_t sum(const unsigned char* p, std::size_t n) {
  std::uint32_t s = 0;
  for (std::size_t i = 0; i + 1 < n; i += 2) s += static_cast<std::uint32_t>(p[i] << 8 | p[i + 1]);
  while (s >> 16) s = (s & 0xffff) + (s >> 16);
  return static_cast<std::uint16_t>(~s);
}

/// A UDP datagram from 10.9.0.2 to port 7000 of the host.
std::vector<unsigned char> frame(const RelayTap& t, std::size_t size) {
  std::vector<unsigned char> f(size, 0);
  std::memcpy(f.data(), t.mac.data(), 6);
  const unsigned char from[6] = {2, 0, 0, 0, 0, 2};
  std::memcpy(f.data() + 6, from, 6);
  f[12] = 8;
  unsigned char* ip = f.data() + 14;
  ip[0] = 0x45;
  const auto total = static_cast<std::uint16_t>(size - 14);
  ip[2] = static_cast<unsigned char>(total >> 8), ip[3] = static_cast<unsigned char>(total);
  ip[8] = 64, ip[9] = 17;
  const unsigned char addresses[8] = {10, 9, 0, 2, 10, 9, 0, 1};
  std::memcpy(ip + 12, addresses, 8);
  const auto c = sum(ip, 20);
  ip[10] = static_cast<unsigned char>(c >> 8), ip[11] = static_cast<unsigned char>(c);
  unsigned char* udp = ip + 20;
  udp[0] = 7000 >> 8, udp[1] = 7000 & 255, udp[2] = 7000 >> 8, udp[3] = 7000 & 255;
  const auto length = static_cast<std::uint16_t>(total - 20);
  udp[4] = static_cast<unsigned char>(length >> 8), udp[5] = static_cast<unsigned char>(length);
  return f;
}

int udp_socket(bool nonblock) {
  const int s = socket(AF_INET, SOCK_DGRAM | (nonblock ? SOCK_NONBLOCK : 0), 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(7000);
  a.sin_addr.s_addr = htonl(0x0A090001);
  if (bind(s, reinterpret_cast<sockaddr*>(&a), sizeof a) != 0) die("bind");
  return s;
}

/// A round in which not all frames came at once, or one nobody sent, is left out: a frame that is
/// dropped, or that a busy machine delivers later, costs something else, and the kernel announces
/// itself on a tap now and then. Ends the program where that left less than half of the rounds.
void row_of_most(const std::string& what, const std::vector<double>& ns, std::size_t rounds) {
  if (2 * ns.size() < rounds) {
    std::fprintf(stderr, "strata_relay: %s: in %zu of %zu rounds not every frame came at once\n",
                 what.c_str(), rounds - ns.size(), rounds);
    std::exit(1);
  }
  row(what, ns);
}

constexpr int kRounds = 400, kFrames = 100;  // a round's frames fit a socket and a tap

struct Taken {
  bool at_once;  // all that were sent
  double each;   // ns, the last look, at nothing, included
};

/// Takes the frames that are there; those that come later, for 20 ms, too, so that the next round
/// begins with none.
template <class Take>
Taken taken(int sent, const Take& take) {
  const auto begin = now();
  int got = 0;
  while (take()) ++got;
  const Taken t{got >= sent, static_cast<double>(now() - begin) / (got + 1)};
  while (got < sent && now() - begin < 20'000'000) got += take();
  return t;
}

void taps() {
  const RelayTap tap = opened_tap();
  pin(0);
  std::vector<unsigned char> buffer(65536);
  for (const std::size_t size : {std::size_t{64}, std::size_t{1000}}) {
    const auto f = frame(tap, size);
    const std::string n = std::to_string(size);
    {
      // Delivered into a socket that is drained between rounds: no drops, nobody to wake.
      const int s = udp_socket(true);
      std::vector<double> ns, take;
      for (int r = 0; r < kRounds; ++r) {
        const auto begin = now();
        for (int i = 0; i < kFrames; ++i)
          if (write(tap.fd, f.data(), f.size()) < 0) die("tap write");
        const double write_ns = static_cast<double>(now() - begin) / kFrames;
        const Taken t =
            taken(kFrames, [&] { return recv(s, buffer.data(), buffer.size(), 0) > 0; });
        if (!t.at_once) continue;
        ns.push_back(write_ns);
        take.push_back(t.each);
      }
      row_of_most("tap_write_to_socket_" + n, ns, kRounds);
      row_of_most("recv_" + n, take, kRounds);
      // And read: sent by a process of the host, taken by the VMM's thread.
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(7001);
      to.sin_addr.s_addr = htonl(0x0A090002);
      std::vector<double> out, in, empty;
      for (int r = 0; r < kRounds; ++r) {
        auto begin = now();
        for (int i = 0; i < kFrames; ++i)
          if (sendto(s, buffer.data(), size - 42, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) <
              0)
            die("sendto");
        const double send_ns = static_cast<double>(now() - begin) / kFrames;
        const auto read_one = [&] { return read(tap.fd, buffer.data(), buffer.size()) > 0; };
        const Taken t = taken(kFrames, read_one);
        begin = now();
        int unsent = 0;
        for (int i = 0; i < kFrames; ++i) unsent += read_one();
        const double look_ns = static_cast<double>(now() - begin) / kFrames;
        if (!t.at_once || unsent > 0) continue;
        out.push_back(send_ns);
        in.push_back(t.each);
        empty.push_back(look_ns);
      }
      row_of_most("sendto_tap_" + n, out, kRounds);
      row_of_most("tap_read_" + n, in, kRounds);
      row_of_most("tap_read_empty_" + n, empty, kRounds);
      close(s);
    }
    {
      // Somebody sleeps in recv on the other core: the write wakes it, too.
      const int s = udp_socket(false);
      std::atomic<int> got{0};
      std::atomic<bool> stop{false};
      std::thread reader([&] {
        pin(1);
        std::vector<unsigned char> b(65536);
        while (!stop)
          if (recv(s, b.data(), b.size(), 0) > 0) ++got;
      });
      std::vector<double> ns;
      for (int r = 0; r < 3000; ++r) {
        const int before = got;
        busy(30'000);
        const auto begin = now();
        if (write(tap.fd, f.data(), f.size()) < 0) die("tap write");
        ns.push_back(static_cast<double>(now() - begin));
        while (got == before) {
        }
      }
      stop = true;
      if (write(tap.fd, f.data(), f.size()) < 0) die("tap write");
      reader.join();
      row("tap_write_waking_" + n, ns);
      close(s);
    }
  }
}

/// Frames of 64 bytes: of a protocol that nobody takes; of UDP to a socket that is full; bridged to
/// another tap.
void bridge() {
  const RelayTap tap = opened_tap();
  pin(0);
  std::vector<unsigned char> buffer(65536);
  auto f = frame(tap, 64);
  const auto written = [&](const char* what, const RelayTap& to, int drained) {
    std::vector<double> ns;
    for (int r = 0; r < kRounds; ++r) {
      const auto begin = now();
      for (int i = 0; i < kFrames; ++i)
        if (write(to.fd, f.data(), f.size()) < 0) die("tap write");
      const double write_ns = static_cast<double>(now() - begin) / kFrames;
      if (drained >= 0 &&
          !taken(kFrames, [&] { return read(drained, buffer.data(), buffer.size()) > 0; }).at_once)
        continue;
      ns.push_back(write_ns);
    }
    row_of_most(what, ns, kRounds);
  };
  each("getppid", [] { syscall(SYS_getppid); });
  const int s = udp_socket(true);
  const int least = 1;
  setsockopt(s, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
  written("tap_write_to_full_socket_64", tap, -1);
  close(s);
  const int other = opened("wk1");
  if (std::system("ip link add br0 type bridge forward_delay 0 && ip addr flush dev wk0 && "
                  "ip link set wk0 master br0 && ip link set wk1 master br0 up && "
                  "ip link set br0 up && sysctl -qw net.bridge.bridge-nf-call-iptables=0 && "
                  "bridge fdb add 02:00:00:00:00:03 dev wk1 master static") != 0)
    die("bridge");
  f[5] = 3;
  f[0] = 2, f[1] = f[2] = f[3] = f[4] = 0;
  written("tap_write_bridged_to_tap_64", tap, other);
  if (std::system("ip link set wk0 nomaster") != 0) die("bridge");
  std::memcpy(f.data(), tap.mac.data(), 6);
  f[12] = 0x88, f[13] = 0xb5;  // IEEE 802, local experiments
  written("tap_write_no_protocol_64", tap, -1);
}

/// A stop of a traced process at a system call, and its resumption (SYSEMU, as gVisor's platform).
void trace(const char* what, int there) {
  const pid_t child = fork();
  if (child == 0) {
    pin(there);
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
    while (true) syscall(SYS_getppid);
  }
  pin(there < 0 ? -1 : 0);
  int status = 0;
  waitpid(child, &status, 0);
  std::vector<double> ns;
  for (int r = 0; r < 20000; ++r) {
    const auto begin = now();
    ptrace(static_cast<__ptrace_request>(31), child, nullptr, nullptr);  // PTRACE_SYSEMU
    waitpid(child, &status, __WALL);
    ns.push_back(static_cast<double>(now() - begin));
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  row(what, ns);
}

}  // namespace
}  // namespace strata

int main(int argc, char** argv) {
  using namespace strata;
  const bool bridged = argc > 1 && std::strcmp(argv[1], "bridge") == 0;
  if (argc > 1 + bridged) {
    std::fprintf(stderr, "strata_relay: %s: no such argument; known: bridge\n", argv[1 + bridged]);
    return 2;
  }
  columns();
  pin(0);
  if (bridged) {
    bridge();
    return 0;
  }
  each("getppid", [] { syscall(SYS_getppid); });
  const int efd = eventfd(0, EFD_NONBLOCK);
  const std::uint64_t one = 1;
  std::uint64_t n = 0;
  each("eventfd_write", [&] {
    if (write(efd, &one, 8) != 8) die("write");
  });
  each("eventfd_write_read", [&] {
    if (write(efd, &one, 8) != 8 || read(efd, &n, 8) != 8) die("read");
  });
  const int ep = epoll_create1(0);
  epoll_event ev{};
  ev.events = EPOLLIN;
  epoll_ctl(ep, EPOLL_CTL_ADD, efd, &ev);
  if (write(efd, &one, 8) != 8) die("write");
  each("epoll_wait_ready", [&] {
    epoll_event got{};
    epoll_wait(ep, &got, 1, -1);
  });
  std::vector<pollfd> fds(8);
  for (pollfd& p : fds) p = {efd, POLLIN, 0};
  each("ppoll_8_ready", [&] { ppoll(fds.data(), fds.size(), nullptr, nullptr); });
  spin();
  wake("same_core", 0, 20'000, 4000);
  wake("other_core_30us", 1, 30'000, 6000);
  wake("other_core_300us", 1, 300'000, 2000);
  wake("other_core_3ms", 1, 3'000'000, 600);
  trace("ptrace_sysemu_same_core", 0);
  trace("ptrace_sysemu_other_core", 1);
  trace("ptrace_sysemu_unpinned", -1);
  taps();
}
