#include "init.h"

#include "../sockets.h"
#include "../steps.h"
#include "calls.h"

// What the guest program does as the first process of a machine, besides its steps.

namespace guest {

void mount(const char* type, const char* at) {
  call(kMkdir, address(at), 0755);
  must(call(kMount, address(type), address(at), address(type)), at);
}

namespace {

/// Opens a terminal so that bytes go through unchanged.
void open_raw(const char* path, int as) {
  const long fd = must(call(kOpen, address(path), 02 | 0400 /* O_RDWR | O_NOCTTY */), path);
  struct {
    unsigned iflag, oflag, cflag, lflag;
    unsigned char line, cc[19];
  } mode;
  must(call(kIoctl, fd, 0x5401 /* TCGETS */, address(&mode)), path);
  mode.iflag = mode.oflag = mode.lflag = 0;
  mode.cc[5] = 0, mode.cc[6] = 1;  // a read waits for one byte
  must(call(kIoctl, fd, 0x5402 /* TCSETS */, address(&mode)), path);
  if (fd == as) return;
  must(call(kDup2, fd, as), path);
  call(kClose, fd);
}

constexpr int kMaxModules = 32;
constexpr int kMaxName = 64;
using Names = char[kMaxModules][kMaxName];

int names_in(const char* folder, Names& names) {
  static char entries[8192];
  int count = 0;
  const long fd = must(call(kOpen, address(folder), 0200000 /* O_DIRECTORY */), folder);
  for (long size;
       (size = must(call(kGetdents64, fd, address(entries), sizeof entries), folder)) > 0;)
    for (long at = 0; at < size; at += *reinterpret_cast<unsigned short*>(entries + at + 16)) {
      const char* name = entries + at + 19;
      if (name[0] == '.') continue;
      if (count == kMaxModules) fail("too many modules");
      int n = 0;
      for (; name[n] && n < kMaxName - 1; ++n) names[count][n] = name[n];
      names[count++][n] = 0;
    }
  call(kClose, fd);
  return count;
}

bool before(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *a < *b;
}

/// Loads /modules/*.ko in the order of their names, which is the order of their needs.
void load_modules() {
  static Names names;
  const int count = names_in("/modules", names);
  const char* last = "";
  for (int done = 0; done < count; ++done) {
    const char* next = nullptr;
    for (int i = 0; i < count; ++i)
      if (before(last, names[i]) && (!next || before(names[i], next))) next = names[i];
    Line path;
    path.add("/modules/").add(next);
    path.text[path.size] = 0;
    const long fd = must(call(kOpen, address(path.text), 0), next);
    must(call(kFinitModule, fd, address(""), 0), next);
    call(kClose, fd);
    last = next;
  }
}

struct InterfaceRequest {
  char name[16] = {};
  union {
    short flags;
    struct {
      unsigned short family, port;
      unsigned char host[4];
      char zero[8];
    } address = {};
  };
};

/// Brings an interface up, with a /24 address unless its first number is 0.
void bring_up(const char* name, const unsigned char (&host)[4]) {
  const long fd = must(call(kSocket, 2, 2, 0), "socket");
  InterfaceRequest request;
  for (int i = 0; name[i] && i < 15; ++i) request.name[i] = name[i];
  if (host[0]) {
    request.address.family = 2;
    for (int i = 0; i < 4; ++i) request.address.host[i] = host[i];
    must(call(kIoctl, fd, 0x8916 /* SIOCSIFADDR */, address(&request)), name);
    for (int i = 0; i < 4; ++i) request.address.host[i] = i < 3 ? 255 : 0;
    must(call(kIoctl, fd, 0x891c /* SIOCSIFNETMASK */, address(&request)), name);
  }
  request.flags = 1 | 64;  // IFF_UP | IFF_RUNNING
  must(call(kIoctl, fd, 0x8914 /* SIOCSIFFLAGS */, address(&request)), name);
  call(kClose, fd);
}

/// User-mode Linux now and then has no process to give in its first moments.
long fork_patiently() {
  constexpr struct { long s, ns; } kPause = {0, 1'000'000};
  long pid;
  for (int tries = 0; (pid = call(kFork)) == kAgain && tries < 1000; ++tries)
    call(kNanosleep, address(&kPause), 0);
  return pid;
}

/// Sends the peer a datagram that it drops: it then knows where this machine is, for which it may
/// have asked too early and would ask again a second later.
void show_oneself() {
  Address peer;
  constexpr unsigned char kPeer[4] = {10, 77, 0, 1};
  for (int i = 0; i < 4; ++i) peer.host[i] = kPeer[i];
  peer.set_port(9);  // discard
  const long socket = open_to(Kind::udp, peer, 1000);
  send_some(socket, "", 1);
  close_socket(socket);
}

/// Waits for the end of this process, and of all that end before it. Its status.
int wait_for(long pid) {
  int status = 0;
  while (call(kWait4, -1, address(&status), 0) != pid) {
  }
  return status;
}

void say_end(int status) {
  Line line;
  if (status & 0x7f)
    line.add("signal ").add(status & 0x7f);
  else
    line.add("exit status ").add(status >> 8 & 0xff);
  line.print();
}

}  // namespace

bool take_machine(int& count, char**& words, Machine& machine) {
  int i = 0;
  while (i < count && !same(words[i], "init")) ++i;
  if (i == count || call(kGetpid) != 1) return false;
  const auto next = [&] {
    if (++i >= count) fail("words of init are missing; see real-harness/guest/linux/init.h");
    return words[i];
  };
  machine.restart = same(next(), "restart");
  machine.out = next();
  machine.marks = next();
  while (!same(next(), "run")) {
    if (same(words[i], "modules")) machine.modules = true;
    if (same(words[i], "container")) machine.container = true;
    if (same(words[i], "application")) machine.application = true;
    if (same(words[i], "program")) machine.program = true;
    if (same(words[i], "network")) machine.interface = next();
  }
  const int first = i + 1;
  while (!same(next(), "end")) {
  }
  words += first;
  count = i - first;
  return true;
}

void open_terminals(const Machine& machine) {
  call(kMkdir, address("/dev"), 0755);
  // A kernel may have done so already.
  call(kMount, address("devtmpfs"), address("/dev"), address("devtmpfs"));
  open_raw(machine.out, 0);
  call(kDup2, 0, 1);
  call(kDup2, 0, 2);
  if (!same(machine.marks, "lines")) open_raw(machine.marks, 3);
}

void prepare_devices(const Machine& machine) {
  bring_up("lo", {0, 0, 0, 0});
  if (machine.modules) load_modules();
  if (machine.interface) bring_up(machine.interface, {10, 77, 0, 2});
}

void run_container(const Machine& machine, char** environment) {
  prepare_devices(machine);
  mount("proc", "/proc");
  mount("sysfs", "/sys");
  mount("cgroup2", "/sys/fs/cgroup");
  mount("tmpfs", "/run");
  const char* argv[] = {"/usr/bin/crun", "run",     "--no-pivot", "--preserve-fds", "1",
                        "--bundle",      "/bundle", "container",  nullptr};
  const long pid = must(call(kFork), "fork");
  if (pid == 0) {
    must(call(kExecve, address(argv[0]), address(argv), address(environment)), argv[0]);
    end(1);
  }
  wait_for(pid);
  end_machine(machine);
}

void run_program(const Machine& machine, int count, char** words, char** environment) {
  prepare_devices(machine);
  const long pid = must(call(kFork), "fork");
  if (pid == 0) {
    words[count] = nullptr;  // it was "end"
    must(call(kExecve, address(words[0]), address(words), address(environment)), words[0]);
  }
  const int status = wait_for(pid);
  if (status & 0x7f) say_end(status);  // else it says itself what was wrong
  end_machine(machine);
}

void run_application(const Machine& machine) {
  prepare_devices(machine);
  mount("proc", "/proc");
  mount("sysfs", "/sys");
  mount("devpts", "/dev/pts");
  mount("tmpfs", "/dev/shm");
  if (machine.interface) show_oneself();
  const long file = must(call(kOpen, address(kApplication)), kApplication);
  const long size = must(call(kRead, file, address(buffer), kBufferSize), kApplication);
  call(kClose, file);
  const char* at = buffer;
  const auto next = [&] {
    if (at == buffer + size) fail("the application's description ends too early");
    const char* const word = at;
    while (*at++) {
    }
    return word;
  };
  const long user = number(next()), group = number(next());
  constexpr int kMostGroups = 64, kMostWords = 1024;
  unsigned groups[kMostGroups];
  const long more = number(next());
  for (long i = 0; i < more && i < kMostGroups; ++i)
    groups[i] = static_cast<unsigned>(number(next()));
  const char* const folder = next();
  static const char* words[kMostWords];
  const long arguments = number(next());
  int count = 0;
  for (; count < arguments && count < kMostWords - 2; ++count) words[count] = next();
  const char** const environment = words + ++count;
  while (at < buffer + size && count < kMostWords - 1) words[count++] = next();

  const long pid = must(fork_patiently(), "fork");
  if (pid == 0) {
    call(kClose, 3);
    call(kSetsid);
    must(call(kChdir, address(folder)), folder);
    must(call(kSetgroups, more, address(groups)), "setgroups");
    must(call(kSetresgid, group, group, group), "setresgid");
    must(call(kSetresuid, user, user, user), "setresuid");
    must(call(kExecve, address(words[0]), address(words), address(environment)), words[0]);
  }
  say_end(wait_for(pid));
  end_machine(machine);
}

void end_machine(const Machine& machine) {
  for (int fd = 1; fd <= 3; fd += 2) call(kIoctl, fd, 0x5409 /* TCSBRK: drain */, 1);
  call(kReboot, 0xfee1dead, 672274793, machine.restart ? 0x01234567 : 0x4321fedc);
  for (;;) {
  }
}

}  // namespace guest
