#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "real-harness/owned/owned.h"
#include "real-harness/runners/cpio.h"
#include "real-harness/runners/runners.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

constexpr const char* kQemu = "qemu-system-x86_64";
constexpr int kMemory = 80;       // MiB of the unikernel, as under the tender elsewhere
constexpr int kHostMemory = 192;  // MiB of the machine it is in
constexpr const char* kRoot = "initramfs-kvm.cpio";

/// What the unikernel has of the guest program's steps that measure.
constexpr std::array kSteps = {"hello",   "wait",  "keep",      "counter",
                               "syscall", "touch", "hypercall", "cpuid"};

/// The unikernel under its tender, the monitor on a Linux of Debian's whose machine QEMU emulates,
/// processor and its SVM extension included: a kvm-amd that nobody changed, on any host. The
/// machine's clock counts instructions, those of host and guest alike; QEMU's microvm without ACPI
/// has nothing that depends on the time or on chance.
class KvmInQemu : public Runner {
 public:
  KvmInQemu(const fs::path& guest, bool fast)
      : guest_(guest), images_(guest.parent_path() / "images"), fast_(fast) {}

  std::string stack() const override {
    return fast_ ? "strata_unikernel_kvm_icount" : "strata_unikernel_kvm_lean_icount";
  }
  std::string about() const override {
    return fmt::format(
        "the guest program as a unikernel under its own tender, {}, on the unmodified kvm-amd of a "
        "Linux in an emulated machine whose clock counts instructions",
        fast_ ? "memory in huge pages from the start" : "memory page by page");
  }
  std::string accel() const override { return "kvm-in-tcg"; }
  std::string clock() const override { return "icount"; }
  std::optional<int> configured() const override { return kMemory; }
  /// Four seconds of a processor of 2.6 GHz that has nothing else to do.
  std::chrono::milliseconds patience() const override { return std::chrono::seconds(60); }
  bool has(const std::string& step) const override {
    return std::ranges::find(kSteps, step) != kSteps.end();
  }

  std::optional<std::string> cannot() override {
    if (find_program(kQemu).empty())
      return fmt::format("{} is not installed; on Debian: apt-get install qemu-system-x86", kQemu);
    for (const char* name : {"strata-tender", "strata-unikernel"})
      if (access(program(name).c_str(), R_OK) != 0)
        return program(name).string() + ": is not there; build the target " + name;
    if (auto reason = missing_image(guest_, {"vmlinuz", kRoot})) return reason;
    return try_hello(*this);
  }

  Outcome run(const Trial& trial) override {
    if (trial.offer != Offer::nothing) {
      Outcome outcome;
      outcome.outcome = "failed: this machine has no network and no disk";
      return outcome;
    }
    const OwnedFolder folder;
    const fs::path root = folder.path() / "root.cpio";
    write_root(root);
    Launch launch;
    launch.argv = arguments(root, trial);
    launch.own_namespaces = true;
    launch.payload = [](pid_t vmm) { return std::vector{fs::path("/proc") / std::to_string(vmm)}; };
    return supervise(launch, trial);
  }

 private:
  fs::path program(const char* name) const { return guest_.parent_path() / name; }

  void write_root(const fs::path& root) const {
    fs::copy_file(images_ / kRoot, root);
    std::ofstream out(root, std::ios::app | std::ios::binary);
    Cpio(out)
        .folder("strata")
        .file(program("strata-tender"), "strata/tender")
        .file(program("strata-unikernel"), "strata/unikernel")
        .end();
  }

  std::vector<std::string> arguments(const fs::path& root, const Trial& trial) const {
    std::string append = fmt::format(
        "console=ttyS2 edd=off loglevel=4 panic=-1 reboot=t rdinit=/init nokaslr tsc=reliable "
        "tsc_early_khz=1000000 lpj=4000000 -- init restart /dev/ttyS0 /dev/ttyS1 modules program "
        "run /strata/tender --memory {} --profile {}",
        kMemory, fast_ ? "fast" : "lean");
    for (const std::string& word : command("/strata/unikernel", trial, "")) append += " " + word;
    append += " end";
    std::vector<std::string> argv = {find_program(kQemu)};
    const auto add = [&](std::initializer_list<std::string> words) {
      argv.insert(argv.end(), words);
    };
    add({"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"});
    add({"-machine", "microvm,acpi=off", "-m", std::to_string(kHostMemory)});
    add({"-accel", "tcg,tb-size=64", "-cpu", "qemu64,-rdrand,+svm,+npt", "-icount",
         "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2020-01-01,clock=vm"});
    add({"-kernel", (images_ / "vmlinuz").string(), "-initrd", root.string(), "-append", append});
    // The same three serial ports as those of Linux guests: answers, marks, what the kernel says.
    add({"-chardev", "stdio,id=out,signal=off", "-serial", "chardev:out"});
    for (const auto& [fd, index] : {std::pair{3, 1}, {2, 2}})
      add({"-chardev", fmt::format("file,id=to{0},path=/dev/fd/{0}", fd), "-device",
           fmt::format("isa-serial,chardev=to{},index={}", fd, index)});
    return argv;
  }

  fs::path guest_, images_;
  bool fast_;
};

}  // namespace

std::vector<std::unique_ptr<Runner>> kvm_in_qemu_runners(const fs::path& guest) {
  std::vector<std::unique_ptr<Runner>> all;
  for (const bool fast : {true, false}) all.push_back(std::make_unique<KvmInQemu>(guest, fast));
  return all;
}

}  // namespace strata
