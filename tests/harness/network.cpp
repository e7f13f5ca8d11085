#include "real-harness/owned/network.h"

#include <fmt/format.h>
#include <net/if.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <random>
#include <sstream>

#include "real-harness/owned/owned.h"
#include "tests/harness/fixtures.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

const std::string kTo = Network::kInstance;

struct Answer {
  double ns = 0, count = 0, sent = 0;
};

/// The peer's answers in order.
std::vector<std::pair<std::string, Answer>> answers_of(const std::string& text) {
  std::vector<std::pair<std::string, Answer>> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    char name[40] = "";
    Answer a;
    if (std::sscanf(line.c_str(), "%39s ns=%lf count=%lf sent=%lf", name, &a.ns, &a.count,
                    &a.sent) < 3)
      ADD_FAILURE() << "no answer: " << line;
    out.emplace_back(name, a);
  }
  return out;
}

/// How fast this machine copies what lies in its caches, in bytes a ns: the best of some tries.
double copy_speed() {
  std::vector<char> from(128 << 10, 1), to(from.size());
  double best = 0;
  for (int i = 0; i < 200; ++i) {
    const std::int64_t begin = now();
    std::memcpy(to.data(), from.data(), from.size());
    asm volatile("" : : "r"(to.data()) : "memory");
    best = std::max(best, static_cast<double>(from.size()) / static_cast<double>(now() - begin));
  }
  return best;
}

class Wire : public EachRunner {
 protected:
  void SetUp() override {
    EachRunner::SetUp();
    if (IsSkipped()) return;
    if (const auto reason = Network::cannot()) GTEST_SKIP() << *reason;
  }
};

TEST_P(Wire, EveryStepIsWithinWhatTheoryAllows) {
  // Of a plain process: no stack's calls are cheaper, and those of one life of user-mode Linux may
  // cost four times those of the next.
  const Outcome calls = runner_of("bare_linux")->run({.steps = {{"syscall", "20000"}}});
  ASSERT_EQ(calls.outcome, "ok") << calls.errors;
  const Answer null_call = answers_of(calls.output).at(0).second;
  const double call_ns = null_call.ns / null_call.count;
  const double copy = copy_speed();

  const Outcome o = runner().run({.steps = {{"serve"}},
                                  .offer = Offer::network,
                                  .peer = {{"tcp-send", kTo, "100"},
                                           {"tcp-receive", kTo, "100"},
                                           {"tcp-round-trips", kTo, "500"},
                                           {"udp-send", kTo, "64", "100"},
                                           {"udp-send", kTo, "1448", "100"},
                                           {"udp-receive", kTo, "64", "100"},
                                           {"udp-receive", kTo, "1448", "100"}}});
  ASSERT_EQ(o.outcome, "ok") << o.errors;
  EXPECT_EQ(o.output, "") << "the peer has the clock, the instance answers nothing";
  const auto answers = answers_of(o.peer_output);
  ASSERT_EQ(answers.size(), 7u) << o.peer_output;

  for (const int tcp : {0, 1}) {
    const auto& [name, a] = answers[static_cast<std::size_t>(tcp)];
    EXPECT_EQ(name, tcp == 0 ? "tcp-send" : "tcp-receive");
    EXPECT_GE(a.ns, 100e6);
    // Each side copies each byte at least once; a virtual wire of today passes a Mbyte a second.
    EXPECT_LE(a.count / a.ns, copy) << o.peer_output;
    EXPECT_GE(a.count / a.ns, 1e-3) << o.peer_output;
  }

  EXPECT_EQ(answers[2].first, "tcp-round-trips");
  EXPECT_EQ(answers[2].second.count, 500);
  // There and back are two sends at least, each a system call that does more than a null call.
  EXPECT_GE(answers[2].second.ns / 500, 2 * call_ns) << o.peer_output;

  for (std::size_t i = 3; i < 7; ++i) {
    const Answer& a = answers[i].second;
    const double size = i % 2 == 1 ? 64 : 1448;
    EXPECT_EQ(answers[i].first, i < 5 ? "udp-send" : "udp-receive");
    EXPECT_GE(a.ns, 100e6);
    EXPECT_GT(a.count, 0);
    EXPECT_LE(a.count, a.sent);
    EXPECT_LE(size * a.count / a.ns, copy) << o.peer_output;
    EXPECT_LE(a.count, a.ns / call_ns) << "a datagram is a system call\n" << o.peer_output;
  }
}

/// Whoever compares two stacks has to know that nothing but the instance differs: the same frames,
/// and what may be put together on the way.
TEST_P(Wire, SaysWhatItIsMadeOf) {
  const Outcome o = runner().run({.steps = {{"serve"}},
                                  .deadline = milliseconds(60'000),
                                  .offer = Offer::network,
                                  .peer = {{"tcp-round-trips", kTo, "10"}}});
  ASSERT_EQ(o.outcome, "ok") << o.errors;
  std::map<std::string, WireDevice> by_name;
  for (const WireDevice& device : o.wire) {
    EXPECT_EQ(device.mtu, 1500) << device.name;
    by_name[device.place + " " + device.name] = device;
  }
  const auto takes_segments = [&](const std::string& name) {
    const auto& all = by_name[name].offloads;
    return std::find(all.begin(), all.end(), "tso") != all.end();
  };
  EXPECT_TRUE(takes_segments("peer eth0"));
  EXPECT_TRUE(takes_segments("host wire"));
  if (by_name.contains("host tap0")) {
    EXPECT_TRUE(takes_segments("host tap0")) << "the instance is given no large segments";
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Wire, runners_with_a_network(), stack_of_index);

class NoWire : public EachRunner {};

TEST_P(NoWire, LeadsAnywhereWhenNoneIsOffered) {
  const Outcome o = runner().run({.steps = {{"tcp-send", Network::kPeer, "10"}}});
  EXPECT_EQ(o.outcome.rfind("failed: exit status 2", 0), 0u) << o.outcome;
  EXPECT_NE(o.errors.find("probe: connect, errno 101"), std::string::npos) << o.errors;  // no route
}

INSTANTIATE_TEST_SUITE_P(Each, NoWire, container_runners(), stack_of_index);

class Peers : public Tidy {
 protected:
  void SetUp() override {
    Tidy::SetUp();
    if (const auto reason = Network::cannot()) GTEST_SKIP() << *reason;
  }

  static Outcome with_peer(std::vector<std::string> peer,
                           milliseconds deadline = milliseconds(10000)) {
    return runner_of("bare_linux")
        ->run({.steps = {{"serve"}},
               .deadline = deadline,
               .offer = Offer::network,
               .peer = {std::move(peer)}});
  }

  /// The peer is a shell with bash's /dev/tcp.
  static Outcome with_shell(const std::string& script) {
    const Network network(Network::Port::host);
    Launch launch;
    launch.argv = {STRATA_PROBE_GUEST, "serve"};
    launch.network = network.instance();
    launch.peer = "/bin/bash";
    launch.peer_network = network.peer();
    return supervise(launch, {.peer = {{"-c", script}}});
  }

  /// The instance is Python that marks main, accepts a peer and does what the script says with it.
  static Outcome with_instance(const std::string& script, std::vector<std::string> peer) {
    const Network network(Network::Port::host);
    Launch launch;
    launch.argv = {"/usr/bin/python3", "-c",
                   "import os, socket, time\n"
                   "s = socket.create_server(('', 5201))\n"
                   "u = socket.socket(type=socket.SOCK_DGRAM); u.bind(('', 5201))\n"
                   "os.write(3, b'EPVM')\n"
                   "c = s.accept()[0]\n" +
                       script + "\ntime.sleep(30)\n"};
    launch.network = network.instance();
    launch.peer = STRATA_PROBE_GUEST;
    launch.peer_network = network.peer();
    return supervise(launch, {.peer = {std::move(peer)}});
  }
};

TEST_F(Peers, SayWhatWentWrong) {
  EXPECT_EQ(with_peer({"no-such-step"})
                .outcome.rfind("failed: the peer: exit status 2: probe: no such step", 0),
            0u);
  EXPECT_EQ(with_peer({"udp-send", kTo, "9000", "10"}).outcome,
            "failed: the peer: exit status 2: probe: a datagram has 1 to 1472 bytes");
}

TEST_F(Peers, FailWhenNobodyServes) {
  const Outcome o =
      runner_of("bare_linux")
          ->run({.steps = {{"hello"}}, .offer = Offer::network, .peer = {{"tcp-send", kTo, "10"}}});
  EXPECT_EQ(o.outcome, "failed: the peer: exit status 2: probe: connect, errno 111");
}

TEST_F(Peers, EndAtTheDeadlineAndAtTheLimitOfOutput) {
  EXPECT_EQ(with_peer({"hang"}, milliseconds(500)).outcome, "timeout");
  EXPECT_EQ(with_peer({"flood"}).outcome, "failed: wrote more than 64 KiB");
}

TEST_F(Peers, ThatTalkNonsenseAreRefused) {
  EXPECT_EQ(with_shell("echo nonsense > /dev/tcp/" + kTo + "/5201; sleep 1").outcome,
            "failed: exit status 2: probe: the peer asks for something unknown");
  EXPECT_EQ(with_shell("printf %0100d 1 > /dev/tcp/" + kTo + "/5201; sleep 1").outcome,
            "failed: exit status 2: probe: the other side's line does not end");
  EXPECT_EQ(with_shell("echo udp-sink 1e9 > /dev/tcp/" + kTo + "/5201; sleep 1").outcome,
            "failed: exit status 2: probe: what should be a whole number is none");
}

TEST_F(Peers, BelieveNoInstance) {
  if (access("/usr/bin/python3", X_OK) != 0) GTEST_SKIP() << "python3 is not installed";
  const std::string peer = "failed: the peer: exit status 2: probe: ";
  const std::vector<std::string> send = {"tcp-send", kTo, "10"};
  EXPECT_EQ(with_instance("while c.recv(1 << 20): pass\nc.send(b'99\\n')", send).outcome,
            peer + "not as many bytes arrived as were sent");
  EXPECT_EQ(with_instance("while c.recv(1 << 20): pass\nc.send(b'9' * 30 + b'\\n')", send).outcome,
            peer + "what should be a whole number is none");
  EXPECT_EQ(with_instance("c.recv(99); c.send(b'ready\\n'); c.recv(1); c.send(b'99999999999\\n')",
                          {"udp-send", kTo, "64", "10"})
                .outcome,
            peer + "more datagrams arrived than were sent");
  // It takes the request and then nothing happens.
  EXPECT_EQ(with_instance("", {"tcp-round-trips", kTo, "10"}).outcome,
            peer + "nothing came for five seconds");
}

/// Whether this program's namespace has devices of the names that wires are made of.
std::vector<bool> own_devices() {
  std::vector<bool> out;
  for (const char* name : {"wire", "port", "bridge", "tap0"})
    out.push_back(if_nametoindex(name) != 0);
  return out;
}

class Namespaces : public Peers {};

TEST_F(Namespaces, VanishWithTheirHolderHoweverItEnds) {
  // One end of a pair is here, the other in the holder's namespace: it goes with that namespace.
  const Network here(Network::Port::host);
  const auto ip = [&](const std::string& line) {
    Launch launch;
    launch.argv = {find_program("ip"), "-batch", "-"};
    launch.network = here.host();
    return run_program(launch, line + "\n");
  };
  const auto before = own_devices();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t holder = fork();
  if (holder == 0) {
    const Network held(Network::Port::veth);
    const int fds[3] = {held.peer(), held.host(), held.instance()};
    if (write(ends[1], fds, sizeof fds) != sizeof fds) _exit(1);
    for (;;) pause();
  }
  close(ends[1]);
  int fds[3];
  ASSERT_EQ(read(ends[0], fds, sizeof fds), static_cast<ssize_t>(sizeof fds));
  close(ends[0]);
  for (const int fd : fds) {
    const Ran made = ip(fmt::format(
        "link add canary{0} type veth peer name canary netns /proc/{1}/fd/{0}", fd, holder));
    ASSERT_EQ(made.failure, "");
  }
  EXPECT_NE(ip("link show").output.find("canary"), std::string::npos);
  EXPECT_EQ(own_devices(), before);
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
  bool gone = false;
  for (int i = 0; i < 300 && !gone; ++i) {
    std::this_thread::sleep_for(milliseconds(20));
    gone = ip("link show").output.find("canary") == std::string::npos;
  }
  EXPECT_TRUE(gone) << ip("link show").output;
}

TEST_F(Namespaces, AndEverythingElseGoesWithAMeasurementKilledAtAnyMoment) {
  const auto before = own_devices();
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  auto container = runner_of("runc");
  const bool can = !container->cannot();
  for (int i = 0; i < 8; ++i) {
    const pid_t harness = fork();
    if (harness == 0) {
      auto runner = runner_of(can && i % 2 == 0 ? "runc" : "bare_linux");
      for (;;)
        runner->run({.steps = {{"serve"}},
                     .offer = Offer::network,
                     .peer = {{"tcp-send", kTo, "50"}, {"udp-receive", kTo, "64", "50"}}});
    }
    std::this_thread::sleep_for(milliseconds(std::uniform_int_distribution<>(0, 300)(random)));
    kill(harness, SIGKILL);
    EXPECT_TRUE(no_process_is_left()) << "seed " << seed;
    clean_leftovers();
    EXPECT_TRUE(fs::is_empty(temporary())) << "seed " << seed;
    EXPECT_EQ(own_devices(), before) << "seed " << seed;
  }
}

}  // namespace
}  // namespace strata
