#include "calls.h"
#include "init.h"

// The guest program on Linux: how it starts and ends, and its platform (platform.h).

namespace guest {
namespace {

bool is_machine = false;
Machine machine;
int marks = 1;

void switches(char** words, long) {
  const long count = number(words[1]);
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
  answer(words[0], now() - begin, count);
}

/// What `count` reads of the whole of a file took, opened once.
long reads(const char* path, long count) {
  char text[64];
  const long file = must(call(kOpen, address(path)), path);
  const long begin = now();
  for (long i = 0; i < count; ++i) call(kPread64, file, address(text), sizeof text, 0);
  const long took = now() - begin;
  call(kClose, file);
  return took;
}

/// The kernel calls Xen's xen_version for each read of the one file and nothing for the other
/// (Linux, drivers/xen/sys-hypervisor.c), which are alike else.
void hypercalls(char** words, long) {
  const long count = number(words[1]);
  mount("sysfs", "/sys");
  const long with = reads("/sys/hypervisor/version/minor", count);
  answer(words[0], with - reads("/sys/hypervisor/type", count), count);
}

void cpuids(char** words, long) {
  const long count = number(words[1]);
  const long begin = now();
  for (long i = 0; i < count; ++i) {
    unsigned a = 0, b, c = 0, d;
    asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  }
  answer(words[0], now() - begin, count);
}

void show(char** words, long) {
  const long file = must(call(kOpen, address(words[1])), "show: cannot be opened");
  const long n = must(call(kRead, file, address(buffer), 4096), "show: cannot be read");
  call(kWrite, 1, address(buffer), n);
  call(kClose, file);
}

void one_call(char** words, long) {
  const long result = call(number(words[1]));
  Line().add("call errno=").add(result < 0 ? -result : 0).print();
}

constexpr Step kSteps[] = {
    {"switch", 1, false, no_preparation, switches},
    {"block", 3, true, prepare_block, block},
    {"stream", 1, true, no_preparation, stream},
    {"serve", 0, true, prepare_serve, serve},
    {"http", 1, true, prepare_http, http},
    {"tcp-send", 2, true, no_preparation, tcp_send},
    {"tcp-receive", 2, true, no_preparation, tcp_receive},
    {"tcp-round-trips", 2, true, no_preparation, tcp_round_trips},
    {"udp-send", 3, true, no_preparation, udp_send},
    {"udp-receive", 3, true, no_preparation, udp_receive},
    {"first-answer", 2, false, no_preparation, first_answer},
    {"show", 1, true, no_preparation, show},
    {"call", 1, false, no_preparation, one_call},
    {"hypercall", 1, false, no_preparation, hypercalls},
    {"cpuid", 1, false, no_preparation, cpuids},
};

}  // namespace

void mark(char byte) {
  if (is_machine && same(machine.marks, "lines")) {
    const char text[] = {byte, 0};
    const long ticks = static_cast<long>(__builtin_ia32_rdtsc());
    return Line().add("mark ").add(text).add(" tsc=").add(ticks).print();
  }
  call(kWrite, marks, address(&byte), 1);
}

void write_to(int to, const char* text, long size) { call(kWrite, to, address(text), size); }

void read_byte() {
  char byte;
  call(kRead, 0, address(&byte), 1);
}

long now() {
  struct {
    long s, ns;
  } time;
  call(kClockGettime, 1 /* CLOCK_MONOTONIC */, address(&time));
  return time.s * 1000000000 + time.ns;
}

void null_calls(long count) {
  for (long i = 0; i < count; ++i) call(kGetppid);
}

volatile char* fresh_memory(Bytes size) {
  const long at = call(kMmap, 0, static_cast<long>(size), 3, 0x22, -1, 0);
  if (at < 0 && at > -4096) fail("mmap", at);
  call(kMadvise, at, static_cast<long>(size), 15 /* MADV_NOHUGEPAGE */);
  return reinterpret_cast<volatile char*>(at);
}

void hang() {
  for (;;) call(kPause);
}

void end(int status) {
  if (is_machine && call(kGetpid) == 1) end_machine(machine);
  for (;;) call(kExitGroup, status);
}

void prepare_devices() {
  if (is_machine) prepare_devices(machine);
}

void finish_steps() { leave_served(); }

Steps own_steps() { return {kSteps, sizeof kSteps / sizeof *kSteps}; }

}  // namespace guest

// The kernel hands over the stack with the arguments on it, and nothing else.
asm(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call "
    "probe_start\n");

extern "C" [[noreturn]] void probe_start(long* stack) {
  using namespace guest;
  int count = static_cast<int>(stack[0]) - 1;
  char** words = reinterpret_cast<char**>(stack + 2);
  char** environment = words + count + 1;
  is_machine = take_machine(count, words, machine);
  if (is_machine) open_terminals(machine);
  if (machine.container) run_container(machine, environment);
  if (machine.application) run_application(machine);
  if (machine.program) run_program(machine, count, words, environment);
  marks = call(kFcntl, 3, 1 /* F_GETFD */) >= 0 ? 3 : 1;
  run(count, words);
  end(0);
}
