#include "models/study/operation.h"

#include <algorithm>

namespace strata {
namespace {

using Names = std::vector<std::string>;

const Names kOpNames = {
    "compute",        "syscall",       "context_switch", "page_fault",     "packet_send",
    "packet_receive", "block_read",    "block_write",    "timer",          "ipc",
    "doorbell",       "interrupt",     "memory_fill",    "mmu_update",     "mmio",
    "function_call",  "syscall_entry", "hypercall",      "exit_kernel",    "exit_user",
    "shared_ring",    "ipc_switch",    "ptrace_stop",    "sfi_trampoline", "passthrough"};
const Names kCrossingNames = {"function_call",  "syscall",     "hypercall", "exit_kernel",
                              "exit_user",      "shared_ring", "ipc",       "ptrace",
                              "sfi_trampoline", "passthrough"};
const Names kAccountNames = {"app", "guest", "vmm", "host", "hypervisor", "dom0"};

template <class Enum>
std::optional<Enum> parse(const Names& names, std::string_view text) {
  const auto it = std::find(names.begin(), names.end(), text);
  if (it == names.end()) return {};
  return static_cast<Enum>(it - names.begin());
}

}  // namespace

std::string_view name(Op op) { return kOpNames[static_cast<std::size_t>(op)]; }
std::string_view name(Crossing c) { return kCrossingNames[static_cast<std::size_t>(c)]; }
std::string_view name(Account a) { return kAccountNames[static_cast<std::size_t>(a)]; }
std::optional<Op> parse_op(std::string_view text) { return parse<Op>(kOpNames, text); }
std::optional<Crossing> parse_crossing(std::string_view text) {
  return parse<Crossing>(kCrossingNames, text);
}
std::optional<Account> parse_account(std::string_view text) {
  return parse<Account>(kAccountNames, text);
}
const Names& op_names() { return kOpNames; }
const Names& crossing_names() { return kCrossingNames; }
const Names& account_names() { return kAccountNames; }

Op crossing_op(Crossing crossing) {
  return static_cast<Op>(kFirstCrossing + static_cast<int>(crossing));
}

}  // namespace strata
