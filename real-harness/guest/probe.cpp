// The guest program: what every stack runs so that it can be timed. Freestanding (no C library), so
// that its own start-up is a few microseconds and the time to the first mark is the stack's.
//
//   strata-probe-guest STEP [+ STEP]...
//
// Marks are single bytes on descriptor 3 if it is open, else on standard output; whoever reads them
// takes the time (the tender writes those of the unikernel):
//
//   E  entered           the first instruction
//   P  memory ready      the memory the steps work in is mapped and touched
//   V  devices ready     the steps have what they need: serve listens, block's file is open
//   M  main              before the first step
//   D  done              after the last
//
// A step that measures answers with one line, "STEP ns=TOTAL count=N", on standard output.
//
//   hello                does nothing: marks and ends
//   wait                 reads one byte of standard input, or its end
//   keep MIB             the same, and has touched so much memory before main
//   counter              the time stamp counter since the machine's start, as ns; count is 1
//   cpuid N              N CPUID instructions, each an exit to a hypervisor on hardware
//   syscall N            N null calls: on Linux of the system; the unikernel's are function calls
//   switch N             N round trips of one byte between two processes through pipes
//   touch MIB            the first touch of each 4 KiB page of fresh memory (huge pages off)
//   block PATH DEPTH N   N random 4 KiB reads over the whole of a file or device, past the cache,
//                        DEPTH (1 to 32) of them in flight
//   stream MS            TCP between two processes over this instance's own loopback
//   serve                does what the peer's steps ask for, until it has no more
//   http PORT            answers every request at the port with one page of 612 bytes, for ever
//
// Steps of the peer (peer.cpp), with the address of who serves; count is what arrived:
//
//   tcp-send HOST MS, tcp-receive HOST MS     bytes to and from the instance
//   tcp-round-trips HOST N                    one byte there and back
//   udp-send HOST SIZE MS, udp-receive ...    datagrams of SIZE bytes; " sent=M" is added
//
// And for an application's own server, which the steps above do not know:
//
//   first-answer HOST PORT     tries every 0.1 ms to connect until the port accepts; ns is then the
//   time
//                              of CLOCK_MONOTONIC, count the tries
//
// For tests of the harness:
//
//   show FILE            copies a file (at most 4 KiB of it) to standard output
//   call N               one system call with zeros as arguments: "call errno=E", 0 for none
//   hang, flood, forge, crash   what a bad guest does, alone and before main
//
// On Linux alone: switch, block, stream, the peer's, show, call; there, as the first process
// of a machine, its words are those of linux/init.h. On the unikernel, and on Linux under Xen:
//
//   hypercall N          N null calls of what is below it: of the tender or QEMU a port write that
//                        is answered at once, of Xen the hypercall xen_version (by Linux: what a
//                        read of a file takes longer whose content the kernel asks Xen for)
//
// On the unikernel alone:
//
//   reach ADDRESS, knock PORT   a write to where it may be none; for tests of the tender

#include "platform.h"
#include "steps.h"
#include "text.h"

namespace guest {

alignas(4096) char buffer[kBufferSize];

void answer(const char* name, long ns, long count, long sent) {
  Line line;
  line.add(name).add(" ns=").add(ns).add(" count=").add(count);
  if (sent >= 0) line.add(" sent=").add(sent);
  line.print();
}

long no_preparation(char**) { return 0; }

namespace {

void hello(char**, long) {}

void wait(char**, long) { read_byte(); }

void counter(char** words, long) { answer(words[0], static_cast<long>(__builtin_ia32_rdtsc()), 1); }

void calls(char** words, long) {
  const long count = number(words[1]);
  null_calls(count / 10);  // warm
  const long begin = now();
  null_calls(count);
  answer(words[0], now() - begin, count);
}

/// Touches every page; how many there are.
long touch(volatile char* memory, Bytes size) {
  for (Bytes i = 0; i < size; i += 4096) memory[i] = 1;
  return static_cast<long>(size / 4096);
}

Bytes mib(const char* text) { return static_cast<Bytes>(number(text)) << 20; }

void touches(char** words, long) {
  const Bytes size = mib(words[1]);
  volatile char* memory = fresh_memory(size);
  const long begin = now();
  const long pages = touch(memory, size);
  answer(words[0], now() - begin, pages);
}

long prepare_keep(char** words) { return touch(fresh_memory(mib(words[1])), mib(words[1])); }

/// The steps of every platform.
constexpr Step kSteps[] = {
    {"hello", 0, false, no_preparation, hello},  //
    {"wait", 0, false, no_preparation, wait},       {"keep", 1, false, prepare_keep, wait},
    {"counter", 0, false, no_preparation, counter}, {"syscall", 1, false, no_preparation, calls},
    {"touch", 1, false, no_preparation, touches},
};

const Step* step_among(Steps steps, int count, char** words) {
  for (const Step* step = steps.first; step != steps.first + steps.count; ++step)
    if (count == step->arguments + 1 && same(words[0], step->name)) return step;
  return nullptr;
}

const Step* step_of(int count, char** words) {
  const Step* step = step_among({kSteps, sizeof kSteps / sizeof *kSteps}, count, words);
  if (!step) step = step_among(own_steps(), count, words);
  if (!step) fail("no such step here, or not so many arguments; see real-harness/guest/probe.cpp");
  return step;
}

/// What a guest does that breaks the rules.
void misbehave(const char* how) {
  if (same(how, "forge")) {
    for (const char* p = "DDXE"; *p; ++p) mark(*p);
    end(0);
  }
  if (same(how, "crash")) asm volatile("ud2");  // kills a namespace's first process as well
  if (same(how, "hang")) hang();
  if (same(how, "flood"))
    for (;;) write_to(1, buffer, kBufferSize);
}

/// A step of this life.
struct Task {
  const Step* step;
  char** words;
  long handle;
};

}  // namespace

void run(int count, char** words) {
  mark('E');
  if (count > 0) misbehave(words[0]);
  constexpr int kMaxTasks = 32;
  Task tasks[kMaxTasks];
  int size = 0;
  bool memory = false;
  for (int begin = 0, i = 0; i <= count; ++i) {
    if (i < count && !same(words[i], "+")) continue;
    if (size == kMaxTasks || i == begin) fail("a step is empty, or there are more than 32");
    tasks[size] = {step_of(i - begin, words + begin), words + begin, 0};
    if (tasks[size++].step->memory) memory = true;
    begin = i + 1;
  }
  if (memory)
    for (Bytes i = 0; i < kBufferSize; i += 4096) static_cast<volatile char*>(buffer)[i] = 0;
  mark('P');
  prepare_devices();
  for (int i = 0; i < size; ++i) tasks[i].handle = tasks[i].step->prepare(tasks[i].words);
  mark('V');
  mark('M');
  for (int i = 0; i < size; ++i) tasks[i].step->run(tasks[i].words, tasks[i].handle);
  finish_steps();
  mark('D');
}

}  // namespace guest

// The compiler may ask for these; a platform may have better ones.
extern "C" [[gnu::weak]] void* memset(void* to, int value, unsigned long size) {
  auto* p = static_cast<volatile char*>(to);
  for (unsigned long i = 0; i < size; ++i) p[i] = static_cast<char>(value);
  return to;
}
extern "C" [[gnu::weak]] void* memcpy(void* to, const void* from, unsigned long size) {
  auto* p = static_cast<volatile char*>(to);
  for (unsigned long i = 0; i < size; ++i) p[i] = static_cast<const char*>(from)[i];
  return to;
}
