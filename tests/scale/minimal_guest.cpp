#include "tests/scale/minimal_guest.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>

namespace strata {
namespace {

// Where things lie: the tables, the task state segment, and the code behind the first 2 MiB.
constexpr std::uint64_t kHuge = 2 << 20;
constexpr std::uint64_t kTop = 0x1000, kSecond = 0x2000, kThird = 0x3000, kTask = 0x4000;

/// mov $1, %al; mov $0x500, %dx; out %al, %dx; jmp to itself.
constexpr unsigned char kCode[] = {0xb0, 1, 0x66, 0xba, 0x00, 0x05, 0xee, 0xeb, 0xfe};

int must(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

std::int64_t now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec;
}

/// All of it mapped for ring 3 in pages of 2 MiB.
void fill(unsigned char* memory, std::uint64_t size) {
  const auto put = [&](std::uint64_t at, std::uint64_t value) {
    std::memcpy(memory + at, &value, sizeof value);
  };
  put(kTop, kSecond | 0x27);
  put(kSecond, kThird | 0x27);
  for (std::uint64_t at = 0; at < size; at += kHuge) put(kThird + at / kHuge * 8, at | 0xe7);
  const std::uint16_t ports = 0x68;  // the bitmap of ports stands there; zeros: all are allowed
  std::memcpy(memory + kTask + 0x66, &ports, sizeof ports);
  memory[kTask + 0x68 + 0x2000] = 0xff;
  std::memcpy(memory + kHuge, kCode, sizeof kCode);
}

kvm_segment segment(std::uint16_t selector, std::uint8_t type, bool code) {
  kvm_segment out{};
  out.selector = selector;
  out.limit = 0xffffffff;
  out.type = type;
  out.present = out.s = out.g = 1;
  out.dpl = 3;
  out.l = code;
  out.db = !code;
  return out;
}

void set_registers(int vcpu) {
  kvm_sregs s{};
  must(ioctl(vcpu, KVM_GET_SREGS, &s), "KVM_GET_SREGS");
  s.cr0 = 0x80050033;
  s.cr3 = kTop;
  s.cr4 = 0x620;
  s.efer = 0x500;
  s.cs = segment(0x33, 11, true);
  s.ss = s.ds = s.es = s.fs = s.gs = segment(0x2b, 3, false);
  s.tr = {};
  s.tr.selector = 0x40;
  s.tr.base = kTask;
  s.tr.limit = 0x68 + 0x2000;
  s.tr.type = 11;
  s.tr.present = 1;
  must(ioctl(vcpu, KVM_SET_SREGS, &s), "KVM_SET_SREGS");
  kvm_regs r{};
  r.rip = r.rsp = kHuge;
  r.rflags = 0x3002;
  must(ioctl(vcpu, KVM_SET_REGS, &r), "KVM_SET_REGS");
}

}  // namespace

std::int64_t minimal_guest(std::uint64_t size, Backing backing) {
  const std::int64_t begin = now();
  const int kvm = must(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
  const int vm = must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
  void* const mapped = mmap(nullptr, size + kHuge, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  must(mapped == MAP_FAILED ? -1 : 0, "mmap");
  auto* const memory = reinterpret_cast<unsigned char*>(
      (reinterpret_cast<std::uintptr_t>(mapped) + kHuge - 1) / kHuge * kHuge);
  madvise(memory, size, backing == Backing::pages ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
  if (backing == Backing::huge_pages)
    must(madvise(memory, size, MADV_POPULATE_WRITE), "MADV_POPULATE_WRITE");
  fill(memory, size);
  kvm_userspace_memory_region region{};
  region.memory_size = size;
  region.userspace_addr = reinterpret_cast<std::uintptr_t>(memory);
  must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
  const int vcpu = must(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
  const auto run_size = static_cast<std::size_t>(
      must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE"));
  void* const shared = mmap(nullptr, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  must(shared == MAP_FAILED ? -1 : 0, "mmap");
  set_registers(vcpu);
  const auto* const run = static_cast<const kvm_run*>(shared);
  must(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
  const std::int64_t took = now() - begin;
  errno = EPROTO;
  must(run->exit_reason == KVM_EXIT_IO && run->io.port == 0x500 ? 0 : -1, "the smallest guest");
  munmap(shared, run_size);
  munmap(mapped, size + kHuge);
  close(vcpu);
  close(vm);
  close(kvm);
  return took;
}

}  // namespace strata
