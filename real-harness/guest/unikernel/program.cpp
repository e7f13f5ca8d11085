#include "../text.h"
#include "below.h"

// The guest program as a unikernel: the part of its platform (platform.h) that does not depend on
// what it is entered by.

namespace guest {
namespace {

unsigned long fresh = 0;  // where memory that nobody has asked for begins; 0: nobody has asked yet

/// A system call costs a unikernel a function call; this is the function.
[[gnu::noinline]] void nothing() { asm volatile(""); }

void hypercalls(char** words, long) {
  const long count = number(words[1]);
  const long begin = now();
  for (long i = 0; i < count; ++i) null_hypercall();
  answer(words[0], now() - begin, count);
}

void cpuids(char** words, long) {
  const long count = number(words[1]);
  const long begin = now();
  for (long i = 0; i < count; ++i) cpuid(0);
  answer(words[0], now() - begin, count);
}

void reach(char** words, long) { *reinterpret_cast<volatile char*>(number(words[1])) = 1; }

void knock(char** words, long) { out(static_cast<unsigned short>(number(words[1])), 0U); }

constexpr Step kSteps[] = {
    {"hypercall", 1, false, no_preparation, hypercalls},
    {"cpuid", 1, false, no_preparation, cpuids},
    {"reach", 1, false, no_preparation, reach},
    {"knock", 1, false, no_preparation, knock},
};

}  // namespace

long now() {
  const unsigned long ticks = __builtin_ia32_rdtsc(), khz = given().tsc_khz;
  return static_cast<long>(ticks / khz * 1000000 + ticks % khz * 1000000 / khz);
}

void null_calls(long count) {
  for (long i = 0; i < count; ++i) nothing();
}

volatile char* fresh_memory(Bytes size) {
  if (fresh == 0) fresh = (given().memory + 4095) / 4096 * 4096;
  const unsigned long end = given().memory_end;
  if (fresh > end || size > end - fresh) fail("there is not so much memory");
  fresh += size;
  return reinterpret_cast<volatile char*>(fresh - size);
}

void hang() {
  for (;;) __builtin_ia32_pause();
}

void prepare_devices() {}

void finish_steps() {}

Steps own_steps() { return {kSteps, sizeof kSteps / sizeof *kSteps}; }

}  // namespace guest
