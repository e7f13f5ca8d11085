#include "real-harness/owned/network.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace strata {
namespace {

/// A network namespace that nothing but the descriptor holds. The process it is taken from reads a
/// pipe, which ends with this program at the latest.
Fd make_namespace() {
  Pipe life = make_pipe();
  const long flags = SIGCHLD | CLONE_NEWNET;
  const auto pid = static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, nullptr, nullptr, 0));
  if (pid < 0)
    throw std::system_error(errno, std::generic_category(), "a network namespace cannot be made");
  if (pid == 0) {
    close(life.write.get());
    char none;
    [[maybe_unused]] const ssize_t n = read(life.read.get(), &none, 1);
    _exit(0);
  }
  Fd made(open(fmt::format("/proc/{}/ns/net", pid).c_str(), O_RDONLY | O_CLOEXEC));
  const int error = errno;
  life.write.reset();
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (made.get() < 0)
    throw std::system_error(error, std::generic_category(), "the network namespace of a process");
  return made;
}

/// Runs these lines of ip(8) in a namespace.
void ip(const Fd& where, const std::string& lines) {
  Launch launch;
  launch.argv = {find_program("ip"), "-batch", "-"};
  launch.network = where.get();
  const Ran ran = run_program(launch, lines);
  if (!ran.failure.empty())
    throw std::runtime_error("ip: " + ran.failure + "\n" + ran.output + lines);
}

/// How ip, another process, finds a namespace by this program's descriptor of it.
std::string path_of(const Fd& space) {
  return fmt::format("/proc/{}/fd/{}", getpid(), space.get());
}

/// A veth pair whose second end is in another namespace. Their indexes differ: of a pair with equal
/// ones the kernel takes a second to notice that it is up (linkwatch_urgent_event).
std::string pair(const char* here, const char* there, const Fd& where) {
  return fmt::format("link add {} index 11 type veth peer name {} index 12 netns {}\n", here, there,
                     path_of(where));
}

/// Does something in a namespace: a thread can be in another one. The system's error, 0: none.
int inside(const Fd& where, const std::function<void()>& something) {
  int error = 0;
  std::thread([&] {
    if (setns(where.get(), CLONE_NEWNET) == 0)
      something();
    else
      error = errno;
  }).join();
  return error;
}

/// One of ethtool's on-off settings.
struct Offload {
  const char* name;
  std::uint32_t question;
};
constexpr Offload kOffloads[] = {{"rx", ETHTOOL_GRXCSUM}, {"tx", ETHTOOL_GTXCSUM},
                                 {"sg", ETHTOOL_GSG},     {"tso", ETHTOOL_GTSO},
                                 {"gso", ETHTOOL_GGSO},   {"gro", ETHTOOL_GGRO}};

WireDevice device_of(int socket, const char* place, const char* name) {
  WireDevice out{place, name, 0, {}};
  ifreq request{};
  std::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
  if (ioctl(socket, SIOCGIFMTU, &request) == 0) out.mtu = request.ifr_mtu;
  for (const Offload& offload : kOffloads) {
    ethtool_value asked{offload.question, 0};
    request.ifr_data = reinterpret_cast<char*>(&asked);
    if (ioctl(socket, SIOCETHTOOL, &request) == 0 && asked.data)
      out.offloads.push_back(offload.name);
  }
  return out;
}

std::string give(const char* device, const char* address) {
  return fmt::format("addr add {}/{} dev {}\nlink set {} up\n", address, Network::kPrefix, device,
                     device);
}

}  // namespace

std::optional<std::string> Network::cannot() {
  if (find_program("ip").empty()) return "ip is not installed; on Debian: apt-get install iproute2";
  if (geteuid() != 0) return "network namespaces need root; run strata with sudo";
  try {
    const Network tried(Port::veth);
  } catch (const std::exception& error) {
    return error.what();
  }
  return std::nullopt;
}

Network::Network(Port port) : peer_(make_namespace()), host_(make_namespace()) {
  ip(peer_, "link set lo up\n" + pair("eth0", "wire", host_) + give("eth0", kPeer));
  std::string host = "link set lo up\n";
  if (port == Port::host) {
    host += give("wire", kInstance);
  } else {
    // Without a forwarding delay: a port passes packets from the moment it is up.
    host += "link add bridge type bridge forward_delay 0\nlink set bridge up\n";
    host += "link set wire up master bridge\n";
  }
  if (port == Port::tap)
    host += "tuntap add dev tap0 mode tap vnet_hdr\nlink set tap0 up master bridge\n";
  if (port == Port::veth) {
    own_ = make_namespace();
    host += pair("port", "eth0", own_) + "link set port up master bridge\n";
  }
  ip(host_, host);
  if (port == Port::veth) ip(own_, "link set lo up\n" + give("eth0", kInstance));
}

std::vector<WireDevice> Network::devices() const {
  std::vector<WireDevice> out;
  const auto add = [&](const Fd& space, const char* place) {
    if (space.get() < 0) return;
    const int error = inside(space, [&] {
      const Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      struct if_nameindex* const names = if_nameindex();
      for (const auto* n = names; n && n->if_index; ++n)
        if (std::strcmp(n->if_name, "lo") != 0)
          out.push_back(device_of(any.get(), place, n->if_name));
      if_freenameindex(names);
    });
    if (error) throw std::system_error(error, std::generic_category(), "the devices of a wire");
  };
  add(peer_, "peer");
  add(host_, "host");
  add(own_, "instance");
  return out;
}

Fd Network::open_tap() const {
  Fd tap;
  // A device is of the namespace its opener is in.
  int error = inside(host_, [&] {
    const Fd opened(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
    ifreq request{};
    std::strcpy(request.ifr_name, "tap0");
    request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
    // Above the descriptors a child is given.
    if (opened.get() >= 0 && ioctl(opened.get(), TUNSETIFF, &request) == 0)
      tap = Fd(fcntl(opened.get(), F_DUPFD_CLOEXEC, 10));
    error = errno;
  });
  if (tap.get() < 0) throw std::system_error(error, std::generic_category(), "the TAP device");
  return tap;
}

void add_peer(Launch& launch, const Network& network, const std::string& program) {
  launch.peer = program;
  launch.peer_network = network.peer();
  launch.wire = &network;
}

}  // namespace strata
