#include "real-harness/tender/guest.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "real-harness/tender/abi.h"
#include "real-harness/tender/elf.h"

namespace strata {
namespace {

std::string hex(std::uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
  return text;
}

/// After a shutdown kvm-amd has reset the processor, to 0xfff0 (Linux, arch/x86/kvm/svm/svm.c,
/// shutdown_interception): where it was is then not known.
[[noreturn]] void broke(const Machine& machine, const std::string& what) {
  const std::uint64_t at = machine.instruction();
  throw BrokenRule("the guest broke a rule" + (at == 0xfff0 ? "" : " at " + hex(at)) + ": " + what);
}

void write_all(int to, const std::byte* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t n = write(to, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error(errno, std::generic_category(), "what the guest wrote");
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
}

std::uint32_t read_one() {
  unsigned char byte;
  ssize_t n;
  do n = read(0, &byte, 1);
  while (n < 0 && errno == EINTR);
  return n == 1 ? byte : abi::kEndOfInput;
}

void write_call(const Machine& machine, std::uint32_t address) {
  abi::WriteCall call;
  const std::byte* at = machine.memory().at(address, sizeof call);
  if (!at) broke(machine, "the words of its write, at " + hex(address) + ", are not its own");
  std::memcpy(&call, at, sizeof call);
  if (call.to != 1 && call.to != 2) broke(machine, "it wrote to " + std::to_string(call.to));
  const std::byte* bytes = machine.memory().at(call.address, call.size);
  if (!bytes)
    broke(machine, "it wrote out " + std::to_string(call.size) + " bytes at " + hex(call.address) +
                       ", which are not all its own");
  write_all(static_cast<int>(call.to), bytes, call.size);
}

/// The guest's network, if it has one.
struct Network {
  Tap* tap;
  Progress progress = {};
};

void call_network(const Machine& machine, std::uint32_t address, Network& network) {
  try {
    network_call(machine.memory().bytes(), abi::kImageBase, address, network.progress,
                 *network.tap);
  } catch (const BrokenRing& error) {
    broke(machine, error.what());
  }
}

/// One access to a port. False: the guest ended, `status` is its.
bool serve(const Machine& machine, const kvm_run& run, int marks, Phases& phases, Network& network,
           int& status) {
  std::byte* data = machine.data();
  const auto is = [&](abi::Port port, bool out, unsigned size) {
    return run.io.port == port && (run.io.direction == KVM_EXIT_IO_OUT) == out &&
           run.io.size == size && run.io.count == 1;
  };
  if (is(abi::kNull, true, 1)) return true;
  if (is(abi::kMark, true, 1)) {
    phases.mark(static_cast<char>(*data));
    write_all(marks, data, 1);
    return true;
  }
  if (is(abi::kWrite, true, 4)) {
    std::uint32_t address;
    std::memcpy(&address, data, sizeof address);
    write_call(machine, address);
    return true;
  }
  if (network.tap && is(abi::kNetwork, true, 4)) {
    std::uint32_t address;
    std::memcpy(&address, data, sizeof address);
    call_network(machine, address, network);
    return true;
  }
  if (is(abi::kRead, false, 4)) {
    const std::uint32_t byte = read_one();
    std::memcpy(data, &byte, sizeof byte);
    return true;
  }
  if (is(abi::kExit, true, 1)) {
    status = std::to_integer<int>(*data);
    return false;
  }
  broke(machine, std::string(run.io.direction == KVM_EXIT_IO_OUT ? "it wrote " : "it read ") +
                     std::to_string(run.io.size * run.io.count) + " bytes at port " +
                     hex(run.io.port) + ", which is no hypercall");
}

}  // namespace

void load_guest(Machine& machine, std::span<const std::byte> image,
                const std::vector<std::string>& words, bool network) {
  const std::span<std::byte> memory = machine.memory().bytes();
  const Image loaded = load_elf(image, memory, abi::kImageBase, memory.size() - abi::kStackSize);
  abi::BootInfo boot{};
  boot.magic = abi::kMagic;
  boot.version = abi::kVersion;
  boot.words = static_cast<std::uint32_t>(words.size());
  boot.memory_size = memory.size();
  boot.image_end = loaded.end;
  boot.tsc_khz = machine.tsc_khz();
  boot.network = network;
  std::size_t at = 0;
  for (const std::string& word : words) {
    if (words.size() > abi::kMaxWords || at + word.size() + 1 > sizeof boot.text)
      throw std::runtime_error("the steps are too many or too long for the boot page");
    std::memcpy(boot.text + at, word.c_str(), word.size() + 1);
    at += word.size() + 1;
  }
  std::memcpy(memory.data() + abi::kBootInfo, &boot, sizeof boot);
  machine.start_at(loaded.entry);
}

int run_guest(Machine& machine, int marks, Phases& phases, Tap* tap) {
  Network network{tap};
  for (int status = 0;;) {
    const kvm_run& run = machine.run();
    switch (run.exit_reason) {
      case KVM_EXIT_IO:
        if (!serve(machine, run, marks, phases, network, status)) return status;
        break;
      case KVM_EXIT_SHUTDOWN: {
        const std::uint64_t fault = machine.fault_address();
        broke(machine, fault ? "an exception; it touched " + hex(fault) + ", which is not its own"
                             : "an exception");
      }
      case KVM_EXIT_MMIO:
        broke(machine, "it touched " + hex(run.mmio.phys_addr) + ", where it has no memory");
      case KVM_EXIT_HLT:
        broke(machine, "it halted");
      case KVM_EXIT_INTERNAL_ERROR:
        broke(machine, "KVM cannot run what it does (internal error " +
                           std::to_string(run.internal.suberror) + ")");
      case KVM_EXIT_FAIL_ENTRY:
        broke(machine, "the processor does not enter it (reason " +
                           hex(run.fail_entry.hardware_entry_failure_reason) + ")");
      default:
        broke(machine, "KVM gives it up (exit " + std::to_string(run.exit_reason) + ")");
    }
  }
}

}  // namespace strata
