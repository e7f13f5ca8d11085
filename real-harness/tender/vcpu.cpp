#include "real-harness/tender/vcpu.h"

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
constexpr std::uint64_t kCr4Fsgsbase = 1 << 16, kCr4Osxsave = 1 << 18;

// x87, SSE, AVX and AVX-512: state that any program may use without asking.
constexpr std::uint64_t kUsualState = 0xe7;

void must(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

/// What the guest's processor is able to do, as far as its set-up depends on it.
struct Abilities {
  bool xsave = false, fsgsbase = false;
  std::uint64_t state = 0;  ///< for XCR0
};

/// struct kvm_cpuid2 and its requests, by hand: the header's flexible array makes the structure,
/// and so the requests' numbers, another size in C++ than in C.
struct Cpuid {
  struct Head {
    std::uint32_t count, padding;
  } head{};
  static constexpr std::uint32_t kMax = 256;
  std::array<kvm_cpuid_entry2, kMax> leaves{};
};
constexpr auto kGetSupportedCpuid = _IOWR(KVMIO, 0x05, Cpuid::Head);
constexpr auto kSetCpuid2 = _IOW(KVMIO, 0x90, Cpuid::Head);

/// Gives the processor all that KVM can offer.
Abilities set_cpuid(int kvm, int vcpu) {
  Cpuid all;
  all.head.count = Cpuid::kMax;
  must(ioctl(kvm, kGetSupportedCpuid, &all), "KVM_GET_SUPPORTED_CPUID");
  must(ioctl(vcpu, kSetCpuid2, &all), "KVM_SET_CPUID2");
  Abilities out;
  for (const kvm_cpuid_entry2& leaf : std::span(all.leaves).first(all.head.count)) {
    if (leaf.function == 1) out.xsave = leaf.ecx >> 26 & 1;
    if (leaf.function == 7 && leaf.index == 0) out.fsgsbase = leaf.ebx & 1;
    if (leaf.function == 0xd && leaf.index == 0) out.state = leaf.eax & kUsualState;
  }
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

void set_up_vcpu(int kvm, int vcpu) {
  const Abilities able = set_cpuid(kvm, vcpu);
  kvm_sregs s{};
  must(ioctl(vcpu, KVM_GET_SREGS, &s), "KVM_GET_SREGS");
  s.cr0 = kCr0;
  s.cr2 = 0;
  s.cr3 = kPml4;
  s.cr4 = kCr4 | (able.xsave ? kCr4Osxsave : 0) | (able.fsgsbase ? kCr4Fsgsbase : 0);
  s.efer = kEfer;
  s.cs = flat(0x33, 11 /* code, read, accessed */);
  s.cs.l = 1;
  s.ss = flat(0x2b, 3 /* data, written, accessed */);
  s.ss.db = 1;
  s.ds = s.es = s.fs = s.gs = s.ss;
  s.tr = {};
  s.tr.selector = 0x40;
  s.tr.base = kTss;
  s.tr.limit = kTssSize + kBitmapSize;
  s.tr.type = 11;  // a busy TSS
  s.tr.present = 1;
  s.ldt = {};
  s.ldt.type = 2;
  s.ldt.present = 1;
  s.idt.limit = s.gdt.limit = 0;  // an exception finds no handler, and the machine shuts down
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
