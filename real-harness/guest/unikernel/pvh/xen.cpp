#include "xen.h"

#include "../below.h"

// The few hypercalls of Xen that the unikernel makes. Numbers and leaves are those of Xen's public
// headers (xen.h, sched.h, version.h, event_channel.h, hvm/params.h, io/console.h,
// arch-x86/cpuid.h).

namespace guest::xen {
namespace {

alignas(4096) char page[4096];  // Xen writes a stub of 32 bytes for each hypercall into it
unsigned base = 0;              // of Xen's CPUID leaves; 0: Xen is not here

constexpr unsigned kVersion = 17, kSched = 29, kEventChannel = 32, kHvm = 34;
constexpr long kYield = 0, kShutdown = 2, kSend = 4, kGetParameter = 1;

/// The page that the guest and dom0's console daemon share (struct xencons_interface).
struct Console {
  char in[1024], out[2048];
  unsigned in_taken, in_put, out_taken, out_put;
};
volatile Console* console = nullptr;
unsigned console_port = 0;

long call(unsigned number, long first, long second) {
  long result;
  char* at = page + number * 32;
  asm volatile("call *%[at]"
               : "=a"(result), "+D"(first), "+S"(second)
               : [at] "r"(at)
               : "memory", "rcx", "rdx", "r8", "r9", "r10", "r11", "cc");
  return result;
}

unsigned long parameter(unsigned index) {
  struct {
    unsigned short domain, none;
    unsigned index;
    unsigned long value;
  } asked = {0x7ff0 /* this one */, 0, index, 0};
  return call(kHvm, kGetParameter, reinterpret_cast<long>(&asked)) == 0 ? asked.value : 0;
}

/// Xen has put it between the local APIC and the end of that large page, which entry.cpp maps.
void find_console() {
  const unsigned long at = parameter(17) << 12;
  if (at < 0xfee00000 || at >= 0xff000000) return;
  console = reinterpret_cast<volatile Console*>(at);
  console_port = static_cast<unsigned>(parameter(18));
}

}  // namespace

void look() {
  // Leaves of hypervisors begin at a multiple of 0x100; Xen's are later if it acts as another one.
  for (unsigned leaf = 0x40000000; leaf < 0x40010000; leaf += 0x100) {
    const Leaf said = cpuid(leaf);
    if (said.b != 0x566e6558 || said.c != 0x65584d4d || said.d != 0x4d4d566e) continue;  // XenVMM..
    base = leaf;
    const unsigned msr = cpuid(base + 2).b;
    const auto at = reinterpret_cast<unsigned long>(page);
    asm volatile("wrmsr" : : "c"(msr), "a"(static_cast<unsigned>(at)), "d"(0) : "memory");
    find_console();
    return;
  }
}

bool is_here() { return base != 0; }

unsigned long tsc_khz() { return cpuid(base + 3, 0).c; }

long version() { return call(kVersion, 0, 0); }

bool has_console() { return console != nullptr; }

void write(const char* text, long size) {
  for (long i = 0; i < size; ++i) {
    const unsigned put = console->out_put;
    while (put - console->out_taken == sizeof console->out) call(kSched, kYield, 0);
    console->out[put % sizeof console->out] = text[i];
    asm volatile("" : : : "memory");
    console->out_put = put + 1;
    if (i + 1 == size || put + 1 - console->out_taken == sizeof console->out)
      call(kEventChannel, kSend, reinterpret_cast<long>(&console_port));
  }
}

void shut_down(int status) {
  while (console && console->out_taken != console->out_put) call(kSched, kYield, 0);
  const unsigned reason = status == 0 ? 0 : 3;
  call(kSched, kShutdown, reinterpret_cast<long>(&reason));
}

}  // namespace guest::xen
