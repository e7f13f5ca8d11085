#include "../text.h"
#include "hypercall.h"
#include "network.h"

// The guest program as a unikernel under the tender: how it starts and ends, and its platform
// (platform.h). There is nothing below it but the hypercalls of tender/abi.h.

namespace guest {
namespace {

unsigned long fresh = 0;  // where memory that nobody has asked for begins; 0: behind the image

/// A system call costs a unikernel a function call; this is the function.
[[gnu::noinline]] void nothing() { asm volatile(""); }

void hypercalls(char** words, long) {
  const long count = number(words[1]);
  const long begin = now();
  for (long i = 0; i < count; ++i) out(abi::kNull, static_cast<unsigned char>(0));
  answer(words[0], now() - begin, count);
}

void reach(char** words, long) { *reinterpret_cast<volatile char*>(number(words[1])) = 1; }

void knock(char** words, long) { out(static_cast<unsigned short>(number(words[1])), 0U); }

constexpr Step kSteps[] = {
    {"hypercall", 1, false, no_preparation, hypercalls},
    {"reach", 1, false, no_preparation, reach},
    {"knock", 1, false, no_preparation, knock},
};

}  // namespace

void mark(char byte) { out(abi::kMark, static_cast<unsigned char>(byte)); }

void write_to(int to, const char* text, long size) {
  const abi::WriteCall call = {static_cast<unsigned>(to), low(text), static_cast<unsigned>(size)};
  out(abi::kWrite, low(&call));
}

void read_byte() { in(abi::kRead); }

long now() {
  const unsigned long ticks = __builtin_ia32_rdtsc(), khz = boot().tsc_khz;
  return static_cast<long>(ticks / khz * 1000000 + ticks % khz * 1000000 / khz);
}

void null_calls(long count) {
  for (long i = 0; i < count; ++i) nothing();
}

volatile char* fresh_memory(Bytes size) {
  if (fresh == 0) fresh = (boot().image_end + 4095) / 4096 * 4096;
  const unsigned long end = boot().memory_size - abi::kStackSize;
  if (fresh > end || size > end - fresh) fail("there is not so much memory");
  fresh += size;
  return reinterpret_cast<volatile char*>(fresh - size);
}

void hang() {
  for (;;) __builtin_ia32_pause();
}

void end(int status) {
  for (;;) out(abi::kExit, static_cast<unsigned char>(status));
}

void prepare_devices() { prepare_network(); }

void finish_steps() { finish_network(); }

Steps own_steps() {
  constexpr int kOwn = sizeof kSteps / sizeof *kSteps, kMax = kOwn + 4;
  static Step all[kMax];
  int count = 0;
  for (const Step& step : kSteps) all[count++] = step;
  const Steps more = network_steps();
  for (int i = 0; i < more.count && count < kMax; ++i) all[count++] = more.first[i];
  return {all, count};
}

}  // namespace guest

asm(".globl _start\n_start:\n  xor %ebp, %ebp\n  call unikernel_start\n");

extern "C" [[noreturn]] void unikernel_start() {
  using namespace guest;
  if (boot().magic != abi::kMagic || boot().version != abi::kVersion)
    fail("the tender is one of another version");
  char* words[abi::kMaxWords];
  const char* text = boot().text;
  for (unsigned i = 0; i < boot().words; ++i) {
    words[i] = const_cast<char*>(text);
    while (*text++) {
    }
  }
  run(static_cast<int>(boot().words), words);
  end(0);
}
