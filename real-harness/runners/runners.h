#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "real-harness/runner.h"

namespace strata {

/// A plain process: fork and exec.
std::unique_ptr<Runner> process_runner(std::filesystem::path guest);

/// What sets one kind of container apart from the usual one.
enum class Confinement {
  usual,     ///< as root, no seccomp
  seccomp,   ///< as root, under the profile of Docker and Podman
  rootless,  ///< in a user namespace, the runtime as an ordinary user; no control groups
};

/// A container by an OCI runtime (runc, crun), from a bundle made on the fly.
std::unique_ptr<Runner> container_runner(std::string runtime, Confinement confinement,
                                         std::filesystem::path guest);

/// The guest program and its arguments for this trial, `{disk}` replaced.
std::vector<std::string> command(const std::string& guest, const Trial& trial,
                                 const std::string& disk);

/// User-mode Linux with the guest program as its init.
std::unique_ptr<Runner> uml_runner(const std::filesystem::path& guest);

/// The guest program as a unikernel under the tender, in its two profiles of memory.
std::vector<std::unique_ptr<Runner>> tender_runners(const std::filesystem::path& guest);

/// Whether an unmodified kernel runs on this machine's /dev/kvm, found by booting one, once.
class KvmTry {
 public:
  /// Boots one, with that accel.
  using Boot = std::function<Outcome(const std::string& accel, const Trial&)>;
  /// A boot takes less than a second where it works; where ring 0 is interpreted it never ends.
  static constexpr std::chrono::seconds kDeadline{8};

  explicit KvmTry(Boot boot) : boot_(std::move(boot)) {}
  /// kvm-vmx, kvm-svm or kvm-pvm when one comes through with that, else tcg.
  std::string accel();
  /// Why it is tcg; empty: it is not, or nobody has asked yet.
  const std::string& why_not() const { return why_not_; }

 private:
  Boot boot_;
  std::string accel_, why_not_;
};

/// A try with Debian's cloud kernel on QEMU's microvm.
std::shared_ptr<KvmTry> kvm_try(const std::filesystem::path& guest);

/// Linux guests on QEMU, with hardware acceleration where it works.
std::vector<std::unique_ptr<Runner>> vm_runners(const std::filesystem::path& guest,
                                                const std::shared_ptr<KvmTry>& kvm);

/// The guest program as a unikernel on QEMU, entered by PVH.
std::vector<std::unique_ptr<Runner>> pvh_runners(const std::filesystem::path& guest,
                                                 const std::shared_ptr<KvmTry>& kvm);

/// The unikernel under its tender, in its two profiles of memory, in an emulated machine that has a
/// kvm-amd of its own.
std::vector<std::unique_ptr<Runner>> kvm_in_qemu_runners(const std::filesystem::path& guest);

/// Guests of Xen, in an emulated machine.
std::vector<std::unique_ptr<Runner>> xen_in_qemu_runners(const std::filesystem::path& guest);

/// One sentence when one of these images is not in the folder `images` beside the guest program, or
/// all of them hold another guest program than this: why it was not built, or how to build it.
std::optional<std::string> missing_image(const std::filesystem::path& guest,
                                         const std::vector<std::string>& names);

/// One try of "hello"; nothing when it came through, else what happened.
std::optional<std::string> try_hello(Runner& runner);

}  // namespace strata
