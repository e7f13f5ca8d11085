#pragma once

#include <linux/kvm.h>

#include <cstdint>

#include "real-harness/tender/memory.h"
#include "real-harness/tender/phases.h"

namespace strata {

/// A virtual machine on /dev/kvm: memory and one processor, as tender/abi.h says it. There is no
/// interrupt controller and no other device; what the guest does on a port comes back to run().
class Machine {
 public:
  /// `devices` is a descriptor of the folder /dev; `memory` in bytes, whole MiB. Ends the phases
  /// open, create, memory and vcpu. Throws std::system_error, which names what KVM refused.
  Machine(int devices, std::uint64_t memory, Profile profile, Phases& phases);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  const GuestMemory& memory() const { return memory_; }
  int vcpu() const { return vcpu_; }
  /// The rate of the guest's time stamp counter.
  std::uint64_t tsc_khz() const;

  /// The guest is to begin at this address.
  void start_at(std::uint64_t entry);
  /// Lets the guest run until it needs something: kvm_run says what.
  kvm_run& run();
  /// The data of a port access.
  std::byte* data() const;

  std::uint64_t instruction() const;    ///< the address of the one it is at
  std::uint64_t fault_address() const;  ///< of its last page fault; 0: none

 private:
  int kvm_ = -1, vm_ = -1, vcpu_ = -1;
  GuestMemory memory_;
  kvm_run* run_ = nullptr;
  std::uint64_t run_size_ = 0;
};

}  // namespace strata
