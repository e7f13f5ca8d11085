#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata {

/// What a layer can be asked to do. The vocabulary is closed, so that every layer means the same.
enum class Op {
  // asked by applications
  compute,         ///< one ns of the application's own work
  syscall,         ///< one call into the kernel that serves the application
  context_switch,  ///< from one thread of the instance to another
  page_fault,      ///< first touch of one 4 KiB page
  packet_send,
  packet_receive,
  block_read,
  block_write,
  timer,  ///< set or cancel one timer
  ipc,    ///< one message to another process of the instance
  // raised between layers
  doorbell,     ///< a driver tells the device beneath that there is work
  interrupt,    ///< the layer beneath tells the one above that there is work
  memory_fill,  ///< second-level fault: memory the guest believes it has is backed
  mmu_update,   ///< a paravirtual guest asks for a page-table change
  mmio,         ///< one access to a register of an emulated device
  // crossings between layers, served by the machine
  function_call,
  syscall_entry,
  hypercall,
  exit_kernel,
  exit_user,
  shared_ring,
  ipc_switch,
  ptrace_stop,
  sfi_trampoline,
  passthrough,
};
inline constexpr int kOps = static_cast<int>(Op::passthrough) + 1;
inline constexpr int kFirstCrossing = static_cast<int>(Op::function_call);

/// How one enters the layer beneath: the type of an edge of the stack graph. Each has a price on
/// a machine, paid once a crossing, there and back.
enum class Crossing {
  function_call,   ///< same address space and privilege
  syscall,         ///< user mode to the kernel beneath
  hypercall,       ///< a guest calls its hypervisor
  exit_kernel,     ///< a VM exit finished in the host kernel
  exit_user,       ///< a VM exit finished in the user-space VMM
  shared_ring,     ///< a descriptor in memory both sides see; notification is apart (doorbell)
  ipc,             ///< a message to another protection domain
  ptrace,          ///< a system call stopped and handed to a tracer
  sfi_trampoline,  ///< out of a software-fault-isolated sandbox
  passthrough,     ///< straight to the hardware, no software beneath takes part
};
inline constexpr int kCrossings = static_cast<int>(Crossing::passthrough) + 1;

/// Who pays for CPU time.
enum class Account { app, guest, vmm, host, hypervisor, dom0 };
inline constexpr int kAccounts = static_cast<int>(Account::dom0) + 1;

std::string_view name(Op op);
std::string_view name(Crossing crossing);
std::string_view name(Account account);
std::optional<Op> parse_op(std::string_view text);
std::optional<Crossing> parse_crossing(std::string_view text);
std::optional<Account> parse_account(std::string_view text);
const std::vector<std::string>& op_names();
const std::vector<std::string>& crossing_names();
const std::vector<std::string>& account_names();

/// The machine's operation that stands for a crossing: its count is the number of crossings.
Op crossing_op(Crossing crossing);
inline bool is_crossing(Op op) { return static_cast<int>(op) >= kFirstCrossing; }

}  // namespace strata
