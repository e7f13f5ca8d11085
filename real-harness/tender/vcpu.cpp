#include "real-harness/tender/vcpu.h"

#include <cpuid.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "real-harness/tender/abi.h"

namespace strata {
namespace {

// Where the tables lie in the guest's memory, below abi::kBootInfo.
constexpr std::uint64_t kPml4 = 0x1000, kPdpt = 0x2000, kDirectory = 0x3000, kLowTable = 0x4000;
constexpr std::uint64_t kTss = 0x5000;  // and the two pages behind it
static_assert(kTss + 0x3000 <= abi::kBootInfo);

// Bits of an entry. Accessed and dirty are set from the start: to set them later costs an exit
// where the tables are shadowed.
constexpr std::uint64_t kPresent = 1, kWritable = 2, kUser = 4, kAccessed = 0x20, kDirty = 0x40,
                        kLarge = 0x80;

// The TSS of 64-bit mode has 0x68 bytes, at 0x66 the offset of the bitmap: a bit for each of the
// 65536 ports (0: allowed), and one byte of ones behind them. Zeros allow every port.
constexpr std::uint64_t kTssSize = 0x68, kBitmapAt = 0x66, kBitmapSize = 0x2000;

// Control registers: protection, paging and the usual (PE MP ET NE WP AM PG); PAE, OSFXSR and
// OSXMMEXCPT; long mode enabled and active.
constexpr std::uint64_t kCr0 = 0x80050033, kCr4 = 0x620, kEfer = 0x500;
// As after a reset: the local APIC's address, on, the first processor.
constexpr std::uint64_t kApicBase = 0xfee00900;
constexpr std::uint64_t kCr4Fsgsbase = 1 << 16, kCr4Osxsave = 1 << 18;

// x87, SSE, AVX and AVX-512: state that any program may use without asking.
constexpr std::uint64_t kUsualState = 0xe7;

void must(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

/// struct kvm_cpuid2 and its request, by hand: the header's flexible array makes the structure, and
/// so the request's number, another size in C++ than in C.
struct Cpuid {
  struct Head {
    std::uint32_t count, padding;
  } head{};
  std::array<kvm_cpuid_entry2, 6> leaves{};
};
constexpr auto kSetCpuid2 = _IOW(KVMIO, 0x90, Cpuid::Head);

/// A leaf of CPUID that the guest is given, and which of the host's bits in it.
struct Leaf {
  std::uint32_t function, eax, ebx, ecx, edx;
};

// What programs use without an operating system's help, and the KVMs of Linux 5.10 and later know
// (Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E). To ask KVM for all it supports costs
// more than all else of the set-up together: it asks the processor for some hundred leaves, each of
// which is an exit where the host is a guest itself.
constexpr std::uint32_t kAll = ~0u;
constexpr Leaf kLeaves[] = {
    {0, 0, kAll, kAll, kAll},  // the vendor's name
    // Line size of CLFLUSH. SSE3, PCLMULQDQ, SSSE3, FMA, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE, POPCNT,
    // AES, XSAVE, AVX, F16C, RDRAND. FPU, TSC, MSR, PAE, CMPXCHG8B, PGE, CMOV, PAT, CLFLUSH, MMX,
    // FXSR, SSE, SSE2.
    {1, kAll, 0xff00, 0x76d83203, 0x0789a171},
    // FSGSBASE, BMI1, AVX2, BMI2, ERMS, AVX512F, -DQ, RDSEED, ADX, CLFLUSHOPT, CLWB, AVX512CD, SHA,
    // -BW, -VL.
    {7, 0, 0xf18f0329, 0, 0},
    {0xd, kUsualState, kAll, kAll, 0},
    // LAHF, LZCNT, PREFETCHW. SYSCALL, NX, RDTSCP, long mode.
    {0x80000001, 0, 0, 0x121, 0x28100800},
    {0x80000008, 0xffff, 0, 0, 0},  // widths of addresses
};

/// What the guest's processor is able to do, as far as its set-up depends on it.
struct Abilities {
  bool xsave = false, fsgsbase = false;
  std::uint64_t state = 0;  ///< for XCR0
};

/// What the host's kernel lets programs keep in the processor's registers.
std::uint32_t host_state() {
  std::uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

Abilities set_cpuid(int vcpu) {
  Cpuid all;
  Abilities out;
  for (const Leaf& leaf : kLeaves) {
    kvm_cpuid_entry2& entry = all.leaves[all.head.count++];
    entry.function = leaf.function;
    __cpuid_count(leaf.function, 0, entry.eax, entry.ebx, entry.ecx, entry.edx);
    const bool enabled = leaf.function == 1 && entry.ecx >> 27 & 1;  // OSXSAVE
    entry.eax &= leaf.eax;
    entry.ebx &= leaf.ebx;
    entry.ecx &= leaf.ecx;
    entry.edx &= leaf.edx;
    if (leaf.function == 0) entry.eax = 0xd;
    if (leaf.function == 1) out.xsave = enabled && entry.ecx >> 26 & 1;
    if (leaf.function == 7) out.fsgsbase = entry.ebx & 1;
    if (leaf.function != 7 && leaf.function != 0xd) continue;
    entry.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
    if (leaf.function != 0xd) continue;
    entry.eax = out.xsave ? entry.eax & host_state() : 0;
    out.state = entry.eax;
  }
  must(ioctl(vcpu, kSetCpuid2, &all), "KVM_SET_CPUID2");
  return out;
}

/// A flat segment of ring 3.
kvm_segment flat(std::uint16_t selector, std::uint8_t type) {
  kvm_segment out{};
  out.selector = selector;
  out.limit = 0xffffffff;
  out.type = type;
  out.present = 1;
  out.dpl = 3;
  out.s = 1;
  out.g = 1;
  return out;
}

}  // namespace

void write_tables(std::span<std::byte> memory) {
  const auto put = [&](std::uint64_t at, std::uint64_t value) {
    std::memcpy(memory.data() + at, &value, sizeof value);
  };
  put(kPml4, kPdpt | kPresent | kWritable | kUser | kAccessed);
  put(kPdpt, kDirectory | kPresent | kWritable | kUser | kAccessed);
  put(kDirectory, kLowTable | kPresent | kWritable | kUser | kAccessed);
  constexpr std::uint64_t kHuge = 2 * abi::kMiB;
  for (std::uint64_t at = abi::kImageBase; at < memory.size(); at += kHuge)
    put(kDirectory + at / kHuge * 8,
        at | kPresent | kWritable | kUser | kAccessed | kDirty | kLarge);
  for (std::uint64_t at = kTss; at < kTss + 0x3000; at += 0x1000)
    put(kLowTable + at / 0x1000 * 8, at | kPresent | kWritable | kAccessed | kDirty);
  put(kLowTable + abi::kBootInfo / 0x1000 * 8, abi::kBootInfo | kPresent | kUser | kAccessed);

  const std::uint16_t bitmap = kTssSize;
  std::memcpy(memory.data() + kTss + kBitmapAt, &bitmap, sizeof bitmap);
  memory[kTss + kTssSize + kBitmapSize] = std::byte{0xff};
}

void set_up_vcpu(int vcpu) {
  const Abilities able = set_cpuid(vcpu);
  kvm_sregs s{};
  s.cr0 = kCr0;
  s.cr3 = kPml4;
  s.cr4 = kCr4 | (able.xsave ? kCr4Osxsave : 0) | (able.fsgsbase ? kCr4Fsgsbase : 0);
  s.efer = kEfer;
  s.cs = flat(0x33, 11 /* code, read, accessed */);
  s.cs.l = 1;
  s.ss = flat(0x2b, 3 /* data, written, accessed */);
  s.ss.db = 1;
  s.ds = s.es = s.fs = s.gs = s.ss;
  s.tr.selector = 0x40;
  s.tr.base = kTss;
  s.tr.limit = kTssSize + kBitmapSize;
  s.tr.type = 11;  // a busy TSS
  s.tr.present = 1;
  s.ldt.type = 2;
  s.ldt.present = 1;
  s.apic_base = kApicBase;
  // The limits of IDT and GDT are 0: an exception finds no handler, and the machine shuts down.
  must(ioctl(vcpu, KVM_SET_SREGS, &s), "KVM_SET_SREGS");
  if (!able.xsave) return;
  kvm_xcrs x{};
  x.nr_xcrs = 1;
  x.xcrs[0].value = able.state;
  must(ioctl(vcpu, KVM_SET_XCRS, &x), "KVM_SET_XCRS");
}

kvm_regs first_registers(std::uint64_t entry, std::uint64_t memory) {
  kvm_regs out{};
  out.rip = entry;
  out.rsp = memory;
  out.rdi = abi::kBootInfo;
  out.rflags = 0x3002;  // I/O privilege for ring 3 as well, where it is honoured
  return out;
}

}  // namespace strata
