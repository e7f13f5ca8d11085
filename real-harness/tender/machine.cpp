#include "real-harness/tender/machine.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "real-harness/tender/vcpu.h"

namespace strata {
namespace {

int must(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

int opened(int devices, Phases& phases) {
  const int kvm = must(openat(devices, "kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
  phases.end("open");
  return kvm;
}

int created(int kvm, Phases& phases) {
  const int vm = must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
  phases.end("create");
  return vm;
}

}  // namespace

// The tender makes one machine in its life: what a constructor that throws leaves open ends then.
Machine::Machine(int devices, std::uint64_t memory, Profile profile, Phases& phases)
    : kvm_(opened(devices, phases)), vm_(created(kvm_, phases)), memory_(memory, profile) {
  write_tables(memory_.bytes());
  kvm_userspace_memory_region region{};
  region.memory_size = memory;
  region.userspace_addr = reinterpret_cast<std::uintptr_t>(memory_.bytes().data());
  must(ioctl(vm_, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
  phases.end("memory");

  vcpu_ = must(ioctl(vm_, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
  run_size_ = static_cast<std::uint64_t>(
      must(ioctl(kvm_, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE"));
  void* at = mmap(nullptr, run_size_, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu_, 0);
  must(at == MAP_FAILED ? -1 : 0, "mmap of the virtual processor");
  run_ = static_cast<kvm_run*>(at);
  set_up_vcpu(vcpu_);
  phases.end("vcpu");
}

Machine::~Machine() {
  munmap(run_, run_size_);
  close(vcpu_);
  close(vm_);
  close(kvm_);
}

std::uint64_t Machine::tsc_khz() const {
  const int khz = must(ioctl(vcpu_, KVM_GET_TSC_KHZ, 0), "KVM_GET_TSC_KHZ");
  if (khz == 0) throw std::runtime_error("KVM does not know the rate of the time stamp counter");
  return static_cast<std::uint64_t>(khz);
}

void Machine::start_at(std::uint64_t entry) {
  const kvm_regs registers = first_registers(entry, memory_.bytes().size());
  must(ioctl(vcpu_, KVM_SET_REGS, &registers), "KVM_SET_REGS");
}

kvm_run& Machine::run() {
  while (ioctl(vcpu_, KVM_RUN, 0) < 0)
    if (errno != EINTR) must(-1, "KVM_RUN");
  return *run_;
}

std::byte* Machine::data() const {
  return reinterpret_cast<std::byte*>(run_) + run_->io.data_offset;
}

std::uint64_t Machine::instruction() const {
  kvm_regs registers{};
  must(ioctl(vcpu_, KVM_GET_REGS, &registers), "KVM_GET_REGS");
  return registers.rip;
}

std::uint64_t Machine::fault_address() const {
  kvm_sregs registers{};
  must(ioctl(vcpu_, KVM_GET_SREGS, &registers), "KVM_GET_SREGS");
  return registers.cr2;
}

}  // namespace strata
