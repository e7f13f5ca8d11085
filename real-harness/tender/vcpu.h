#pragma once

#include <linux/kvm.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace strata {

/// The state in which the processor begins: 64-bit code in ring 3, so that kvm-pvm, which
/// interprets ring 0, runs it natively. Tried under kvm-pvm; Intel's and AMD's KVM offer all that
/// is used, but were not there to try it. Manuals: Intel SDM volume 3, chapters 3 to 5 (segments,
/// paging), 8 (TSS) and 13 (XCR0); KVM: Linux, Documentation/virt/kvm/api.rst.

/// Writes what the processor reads by itself into the guest's first 2 MiB: page tables, which map
/// the boot page for reading and everything from abi::kImageBase on for everything, in pages of
/// 2 MiB; and a TSS whose I/O bitmap lets ring 3 use every port.
void write_tables(std::span<std::byte> memory);

/// Sets everything but the general registers. Throws std::system_error.
void set_up_vcpu(int vcpu);

/// The general registers at the start, with `memory` bytes.
kvm_regs first_registers(std::uint64_t entry, std::uint64_t memory);

}  // namespace strata
