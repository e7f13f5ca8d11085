#include "xen.h"

#include "../below.h"

// The few hypercalls of Xen that the unikernel makes. Numbers and leaves are those of Xen's public
// headers (xen.h, sched.h, version.h, arch-x86/cpuid.h).

namespace guest::xen {
namespace {

alignas(4096) char page[4096];  // Xen writes a stub of 32 bytes for each hypercall into it
unsigned base = 0;              // of Xen's CPUID leaves; 0: Xen is not here

constexpr unsigned kVersion = 17, kSched = 29;
constexpr long kShutdown = 2;

long call(unsigned number, long first, long second) {
  long result;
  char* at = page + number * 32;
  asm volatile("call *%[at]"
               : "=a"(result), "+D"(first), "+S"(second)
               : [at] "r"(at)
               : "memory", "rcx", "rdx", "r8", "r9", "r10", "r11", "cc");
  return result;
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
    return;
  }
}

bool is_here() { return base != 0; }

unsigned long tsc_khz() { return cpuid(base + 3, 0).c; }

long version() { return call(kVersion, 0, 0); }

void shut_down(int status) {
  const unsigned reason = status == 0 ? 0 : 3;
  call(kSched, kShutdown, reinterpret_cast<long>(&reason));
}

}  // namespace guest::xen
