// The guest program: what every stack runs so that it can be timed. Freestanding (no C library), so
// that its own start-up is a few microseconds and the time to the first mark is the stack's.
//
//   strata-probe-guest COMMAND [ARGUMENT]...
//
// Marks are single bytes on descriptor 3 if it is open, else on standard output: 'E' entered, 'M'
// main (ready to serve), 'D' done. Whoever reads them takes the time. Answers are single lines
// "ns=TOTAL count=N" on standard output.
//
//   hello                marks and ends
//   wait                 marks main, then reads standard input to its end
//   syscall N            N null system calls
//   switch N             N round trips of one byte between two processes through pipes
//   touch MIB            the first touch of each 4 KiB page of fresh memory (huge pages off)
//   sink PORT            accepts one TCP connection and counts its bytes; PORT 0: any, "port=P"
//   first source HOST PORT S   sends TCP for S seconds to an IPv4 address stream MS            both
//   at once over this instance's own loopback, for MS milliseconds hang, flood, forge, crash   what
//   a bad guest does: for tests of the harness
//
// Linux on x86-64 only, so far.

namespace {

using Bytes = unsigned long;

enum Call : long {
  kRead = 0,
  kWrite = 1,
  kClose = 3,
  kMmap = 9,
  kPipe = 22,
  kPause = 34,
  kMadvise = 28,
  kGetpid = 39,
  kSocket = 41,
  kConnect = 42,
  kAccept = 43,
  kBind = 49,
  kListen = 50,
  kGetsockname = 51,
  kFork = 57,
  kFcntl = 72,
  kGetppid = 110,
  kPrctl = 157,
  kClockGettime = 228,
  kExitGroup = 231,
};

inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                 long f = 0) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

template <class T>
long address(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

[[noreturn]] void end(int status) {
  for (;;) call(kExitGroup, status);
}

long now() {
  struct {
    long s, ns;
  } time;
  call(kClockGettime, 1, address(&time));
  return time.s * 1000000000 + time.ns;
}

int marks = 1;

void mark(char byte) { call(kWrite, marks, address(&byte), 1); }

struct Line {
  char text[160];
  int size = 0;
  Line& add(const char* words) {
    while (*words && size < 150) text[size++] = *words++;
    return *this;
  }
  Line& add(long number) {
    char digits[24];
    int n = 0;
    do digits[n++] = static_cast<char>('0' + number % 10);
    while ((number /= 10) > 0);
    while (n > 0 && size < 150) text[size++] = digits[--n];
    return *this;
  }
  void print(int to = 1) {
    text[size++] = '\n';
    call(kWrite, to, address(text), size);
  }
};

[[noreturn]] void fail(const char* what, long error = 0) {
  Line line;
  line.add("probe: ").add(what);
  if (error < 0) line.add(", errno ").add(-error);
  line.print(2);
  end(2);
}

long must(long result, const char* what) {
  if (result < 0) fail(what, result);
  return result;
}

long number(const char* text) {
  long value = 0;
  if (!*text) fail("an argument is no whole number");
  for (; *text; ++text) {
    if (*text < '0' || *text > '9' || value > 1000000000000) fail("an argument is no whole number");
    value = value * 10 + (*text - '0');
  }
  return value;
}

void answer(long ns, long count) { Line().add("ns=").add(ns).add(" count=").add(count).print(); }

bool same(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *a == *b;
}

long fork_owned() {
  const long parent = call(kGetpid);
  const long pid = must(call(kFork), "fork");
  if (pid == 0) {
    call(kPrctl, 1 /* PR_SET_PDEATHSIG */, 9);
    if (call(kGetppid) != parent) end(1);
  }
  return pid;
}

void null_calls(long count) {
  for (long i = 0; i < count / 10; ++i) call(kGetppid);  // warm
  const long begin = now();
  for (long i = 0; i < count; ++i) call(kGetppid);
  answer(now() - begin, count);
}

void switches(long count) {
  int there[2], back[2];
  char byte = 0;
  must(call(kPipe, address(there)), "pipe");
  must(call(kPipe, address(back)), "pipe");
  if (fork_owned() == 0) {
    call(kClose, there[1]);
    while (call(kRead, there[0], address(&byte), 1) == 1) call(kWrite, back[1], address(&byte), 1);
    end(0);
  }
  const long begin = now();
  for (long i = 0; i < count; ++i) {
    call(kWrite, there[1], address(&byte), 1);
    if (call(kRead, back[0], address(&byte), 1) != 1) fail("the other end of the pipe is gone");
  }
  answer(now() - begin, count);
}

void touches(long mib) {
  const Bytes size = static_cast<Bytes>(mib) << 20;
  const long at = call(kMmap, 0, static_cast<long>(size), 3, 0x22, -1, 0);
  if (at < 0 && at > -4096) fail("mmap", at);
  call(kMadvise, at, static_cast<long>(size), 15 /* MADV_NOHUGEPAGE */);
  auto* memory = reinterpret_cast<volatile char*>(at);
  const long begin = now();
  for (Bytes i = 0; i < size; i += 4096) memory[i] = 1;
  answer(now() - begin, static_cast<long>(size / 4096));
}

struct Address {
  unsigned short family = 2;
  unsigned char port[2] = {0, 0};
  unsigned char host[4] = {0, 0, 0, 0};
  char zero[8] = {};
  void set_port(long p) {
    port[0] = static_cast<unsigned char>(p >> 8);
    port[1] = static_cast<unsigned char>(p);
  }
  long get_port() const { return port[0] * 256 + port[1]; }
};
static_assert(sizeof(Address) == 16);

char buffer[128 << 10];

long listener(Address& at) {
  const long fd = must(call(kSocket, 2, 1, 0), "socket");
  must(call(kBind, fd, address(&at), sizeof at), "bind");
  must(call(kListen, fd, 1), "listen");
  int size = sizeof at;
  must(call(kGetsockname, fd, address(&at), address(&size)), "getsockname");
  return fd;
}

/// Bytes of one connection, and the time from its first read to its end.
void drain(long fd) {
  const long peer = must(call(kAccept, fd, 0, 0), "accept");
  long total = must(call(kRead, peer, address(buffer), sizeof buffer), "read");
  const long begin = now();
  const long first = total;
  for (long n; (n = must(call(kRead, peer, address(buffer), sizeof buffer), "read")) > 0;)
    total += n;
  answer(now() - begin, total - first);
}

void send_for(const Address& to, long ns) {
  const long fd = must(call(kSocket, 2, 1, 0), "socket");
  must(call(kConnect, fd, address(&to), sizeof to), "connect");
  for (const long until = now() + ns; now() < until;)
    must(call(kWrite, fd, address(buffer), sizeof buffer), "write");
  call(kClose, fd);
}

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

void stream(long ms) {
  Address at = parse_host("127.0.0.1");
  const long fd = listener(at);
  if (fork_owned() == 0) {
    send_for(at, ms * 1000000);
    end(0);
  }
  drain(fd);
}

void run(int count, char** words) {
  const char* command = count > 1 ? words[1] : "hello";
  const auto is = [&](const char* name, int arguments) {
    return same(command, name) && count == arguments + 2;
  };
  if (same(command, "forge")) {
    for (const char* p = "DDXE"; *p; ++p) mark(*p);
    return;
  }
  if (same(command, "crash")) asm volatile("ud2");  // kills a namespace's first process as well
  if (same(command, "hang"))
    for (;;) call(kPause);
  mark('M');
  if (same(command, "flood"))
    for (;;) call(kWrite, 1, address(buffer), sizeof buffer);
  if (same(command, "hello")) {
  } else if (is("wait", 0)) {
    while (call(kRead, 0, address(buffer), 1) > 0) {
    }
  } else if (is("syscall", 1)) {
    null_calls(number(words[2]));
  } else if (is("switch", 1)) {
    switches(number(words[2]));
  } else if (is("touch", 1)) {
    touches(number(words[2]));
  } else if (is("stream", 1)) {
    stream(number(words[2]));
  } else if (is("sink", 1)) {
    Address at;
    at.set_port(number(words[2]));
    const long fd = listener(at);
    Line().add("port=").add(at.get_port()).print();
    drain(fd);
  } else if (is("source", 3)) {
    Address to = parse_host(words[2]);
    to.set_port(number(words[3]));
    send_for(to, number(words[4]) * 1000000000);
  } else {
    fail("no such command, or not so many arguments; see the head of real-harness/guest/probe.cpp");
  }
  mark('D');
}

}  // namespace

// The kernel hands over the stack with the arguments on it, and nothing else.
asm(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call "
    "probe_start\n");

extern "C" [[noreturn]] void probe_start(long* stack) {
  marks = call(kFcntl, 3, 1 /* F_GETFD */) >= 0 ? 3 : 1;
  mark('E');
  run(static_cast<int>(stack[0]), reinterpret_cast<char**>(stack + 1));
  end(0);
}

// The compiler may ask for these.
extern "C" void* memset(void* to, int value, Bytes size) {
  auto* p = static_cast<volatile char*>(to);
  for (Bytes i = 0; i < size; ++i) p[i] = static_cast<char>(value);
  return to;
}
extern "C" void* memcpy(void* to, const void* from, Bytes size) {
  auto* p = static_cast<volatile char*>(to);
  for (Bytes i = 0; i < size; ++i) p[i] = static_cast<const char*>(from)[i];
  return to;
}
