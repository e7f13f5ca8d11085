#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "real-harness/owned/owned.h"
#include "real-harness/runners/processor.h"
#include "real-harness/runners/runners.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

constexpr const char* kQemu = "qemu-system-x86_64";
constexpr int kMemory = 80;  // MiB, as under the tender

/// The exit status of a QEMU whose guest ended well: isa-debug-exit makes 2 v + 1 of what is
/// written to it, and guest/unikernel/pvh/platform.cpp writes 16 + status.
constexpr int kEndedWell = 2 * 16 + 1;

/// What the unikernel has of the guest program's steps that measure.
constexpr std::array kSteps = {"hello",   "wait",  "keep",      "counter",
                               "syscall", "touch", "hypercall", "cpuid"};

/// The unikernel as a PVH machine of QEMU's. Where its clock counts instructions it is emulated.
class PvhUnikernel : public Runner {
 public:
  PvhUnikernel(const fs::path& guest, bool icount, std::shared_ptr<KvmTry> kvm)
      : image_(guest.parent_path() / "strata-unikernel-pvh"),
        icount_(icount),
        kvm_(std::move(kvm)) {}

  std::string stack() const override {
    return icount_ ? "strata_unikernel_qemu_microvm_icount" : "strata_unikernel_qemu_microvm";
  }
  std::string about() const override {
    if (icount_)
      return "the guest program as a unikernel on QEMU's microvm, its clock counts instructions "
             "(-icount)";
    const std::string about = "the guest program as a unikernel on QEMU's microvm, entered by PVH";
    return kvm_->why_not().empty() ? about : about + "; emulated: " + kvm_->why_not();
  }
  std::string accel() const override { return accel_; }
  std::string clock() const override { return icount_ ? "icount" : "wall"; }
  std::optional<int> configured() const override { return kMemory; }
  bool merges() const override { return true; }
  bool has(const std::string& step) const override {
    return std::ranges::find(kSteps, step) != kSteps.end();
  }

  std::optional<std::string> cannot() override {
    if (find_program(kQemu).empty())
      return fmt::format("{} is not installed; on Debian: apt-get install qemu-system-x86", kQemu);
    if (access(image_.c_str(), R_OK) != 0)
      return image_.string() + ": is not there; build the target strata-unikernel-pvh";
    if (!icount_) accel_ = kvm_->accel();
    return try_hello(*this);
  }

  Outcome run(const Trial& trial) override {
    if (trial.offer != Offer::nothing) {
      Outcome outcome;
      outcome.outcome = "failed: this unikernel has no network and no disk";
      return outcome;
    }
    Launch launch;
    launch.argv = arguments(trial);
    launch.own_namespaces = true;
    launch.ended_well = kEndedWell;
    launch.payload = [](pid_t vmm) { return std::vector{fs::path("/proc") / std::to_string(vmm)}; };
    return supervise(launch, trial);
  }

 private:
  std::vector<std::string> arguments(const Trial& trial) const {
    const bool emulated = accel_ == "tcg";
    std::string words = fmt::format("split tsc-khz {}", icount_ ? 1'000'000 : tsc_khz());
    for (const std::string& word : words_of(trial.steps)) words += " " + word;
    std::vector<std::string> argv = {find_program(kQemu)};
    const auto add = [&](std::initializer_list<std::string> more) {
      argv.insert(argv.end(), more);
    };
    add({"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"});
    add({"-machine", "microvm,acpi=off", "-m", std::to_string(kMemory)});
    if (icount_)
      add({"-accel", "tcg,tb-size=16", "-cpu", "qemu64,-rdrand", "-icount", "shift=0,sleep=off",
           "-seed", "1", "-rtc", "base=2020-01-01,clock=vm"});
    else
      add({"-accel", emulated ? "tcg,tb-size=16" : "kvm", "-cpu", emulated ? "max" : "host"});
    add({"-kernel", image_.string(), "-append", words});
    add({"-device", "isa-debug-exit,iobase=0x501,iosize=2"});
    add({"-chardev", "stdio,id=in,signal=off", "-serial", "chardev:in"});
    for (const auto& [file, port] : {std::pair{1, "0xe7"}, {2, "0xe8"}, {3, "0xe9"}})
      add({"-chardev", fmt::format("file,id=to{0},path=/dev/fd/{0}", file), "-device",
           fmt::format("isa-debugcon,chardev=to{},iobase={}", file, port)});
    return argv;
  }

  fs::path image_;
  bool icount_;
  std::shared_ptr<KvmTry> kvm_;
  std::string accel_ = "tcg";
};

}  // namespace

std::vector<std::unique_ptr<Runner>> pvh_runners(const fs::path& guest,
                                                 const std::shared_ptr<KvmTry>& kvm) {
  std::vector<std::unique_ptr<Runner>> all;
  for (const bool icount : {false, true})
    all.push_back(std::make_unique<PvhUnikernel>(guest, icount, kvm));
  return all;
}

}  // namespace strata
