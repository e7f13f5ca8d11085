#include "real-harness/runners/runners.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>
#include <utility>

#include "real-harness/foreign/foreign.h"
#include "real-harness/owned/owned.h"
#include "real-harness/runners/processor.h"
#include "real-harness/runners/xen_in_qemu.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

constexpr const char* kQemu = "qemu-system-x86_64";

std::optional<std::string> without_qemu() {
  if (!find_program(kQemu).empty()) return std::nullopt;
  return fmt::format("{} is not installed; on Debian: apt-get install qemu-system-x86", kQemu);
}

/// A VMM on this machine, whose standard output is the guest's console.
class OnVmm : public Runner {
 public:
  explicit OnVmm(ForeignGuest guest) : guest_(std::move(guest)) {}
  std::optional<int> configured() const override { return guest_.memory; }

  Outcome run(const Trial& trial) override {
    Launch launch;
    launch.argv = arguments();
    launch.own_namespaces = true;
    launch.until = guest_.until;
    launch.payload = [](pid_t vmm) { return std::vector{fs::path("/proc") / std::to_string(vmm)}; };
    Trial mine = trial;
    mine.deadline = guest_.life;
    Outcome outcome = supervise(launch, mine);
    if (outcome.ok()) outcome.output.clear();  // no answer to anything
    return outcome;
  }

 protected:
  virtual std::vector<std::string> arguments() const = 0;
  const ForeignGuest guest_;
};

/// QEMU, which takes a multiboot header first and PVH's note else; its microvm has no firmware that
/// could enter by the former.
class OnQemu : public OnVmm {
 public:
  OnQemu(ForeignGuest guest, std::string machine, std::shared_ptr<KvmTry> kvm)
      : OnVmm(std::move(guest)), machine_(std::move(machine)), kvm_(std::move(kvm)) {}

  std::string stack() const override { return "guest_qemu_" + machine_; }
  std::string about() const override {
    std::string about =
        fmt::format("QEMU's {}, entered by {}, its first serial port and port 0xe9 as its console",
                    machine_, guest_.file.multiboot && machine_ == "pc" ? "multiboot" : "PVH");
    return kvm_->why_not().empty() ? about : about + "; emulated: " + kvm_->why_not();
  }
  std::string accel() const override { return accel_; }

  std::optional<std::string> cannot() override {
    if (machine_ == "microvm" && (!guest_.file.pvh || guest_.file.multiboot))
      return "QEMU enters this file by multiboot, for which its microvm has no firmware, or not "
             "at all";
    if (!guest_.file.pvh && !guest_.file.multiboot)
      return "QEMU enters PVH and multiboot images, and this is " + guest_.file.kinds();
    if (auto reason = without_qemu()) return reason;
    accel_ = kvm_->accel();
    return std::nullopt;
  }

 private:
  std::vector<std::string> arguments() const override {
    const bool emulated = accel_ == "tcg";
    return {find_program(kQemu),
            "-nodefaults",
            "-no-user-config",
            "-no-reboot",
            "-display",
            "none",
            "-machine",
            machine_,
            "-m",
            std::to_string(guest_.memory),
            "-accel",
            emulated ? "tcg,tb-size=32" : "kvm",
            "-cpu",
            emulated ? "max" : "host",
            "-kernel",
            guest_.file.path.string(),
            "-append",
            guest_.arguments,
            "-chardev",
            "stdio,id=console,mux=on,signal=off",
            "-serial",
            "chardev:console",
            "-device",
            "isa-debugcon,iobase=0xe9,chardev=console"};
  }

  std::string machine_;
  std::shared_ptr<KvmTry> kvm_;
  std::string accel_ = "tcg";
};

/// Solo5's tender on this machine's /dev/kvm.
class OnSolo5 : public OnVmm {
 public:
  using OnVmm::OnVmm;
  std::string stack() const override { return "guest_solo5_hvt"; }
  std::string about() const override { return "Solo5's tender solo5-hvt, without devices"; }
  std::string accel() const override { return kvm_kind(); }

  std::optional<std::string> cannot() override {
    if (!guest_.file.solo5_hvt)
      return "solo5-hvt starts Solo5 unikernels for hvt, and this is " + guest_.file.kinds();
    if (find_program("solo5-hvt").empty())
      return "solo5-hvt is not installed; Debian has no package of it: github.com/Solo5/solo5";
    if (access("/dev/kvm", R_OK | W_OK) != 0) return "no access to /dev/kvm";
    return std::nullopt;
  }

 private:
  std::vector<std::string> arguments() const override {
    std::vector<std::string> argv = {find_program("solo5-hvt"),
                                     fmt::format("--mem={}", guest_.memory),
                                     guest_.file.path.string()};
    std::istringstream words(guest_.arguments);
    for (std::string word; words >> word;) argv.push_back(word);
    return argv;
  }
};

/// A PVH guest of Xen's in an emulated machine whose clock counts instructions. dom0 reads the
/// counter before and after, and says both: first of all lines, and last.
class OnXen : public Runner {
 public:
  OnXen(ForeignGuest guest, fs::path program)
      : guest_(std::move(guest)), program_(std::move(program)) {}

  std::string stack() const override { return "guest_xen_icount"; }
  std::string about() const override {
    return "a PVH guest of Xen with Debian as its dom0, in an emulated machine whose clock counts "
           "instructions";
  }
  std::string accel() const override { return "xen-in-tcg"; }
  std::string clock() const override { return "icount"; }
  std::optional<int> configured() const override { return guest_.memory; }
  /// For Xen and its dom0, before the guest: half a minute of a processor that has nothing else to
  /// do.
  std::chrono::milliseconds patience() const override { return std::chrono::minutes(10); }

  std::optional<std::string> cannot() override {
    if (!guest_.file.pvh) return "Xen enters PVH images, and this is " + guest_.file.kinds();
    if (auto reason = without_qemu()) return reason;
    return missing_image(program_, {"xen", "xen-vmlinuz", "xen-dom0.cpio"});
  }

  Outcome run(const Trial& trial) override {
    const OwnedFolder folder;
    XenGuest guest{.name = "guest",
                   .kernel = guest_.file.path,
                   .memory = guest_.memory,
                   .words = guest_.arguments,
                   .until = guest_.until};
    Launch launch = xen_in_qemu(program_, {guest}, folder.path());
    launch.marks_are_lines = false;
    launch.until = "";
    Trial mine = trial;
    mine.deadline = guest_.life + patience();
    Outcome outcome = supervise(launch, mine);
    if (outcome.ok()) take_counts(outcome);
    return outcome;
  }

 private:
  /// Leaves the difference of dom0's two counts as the one answer.
  static void take_counts(Outcome& outcome) {
    std::vector<std::string> said;
    std::istringstream lines(outcome.output);
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (!line.empty()) said.push_back(line.substr(0, 300));
    }
    const auto count = [](const std::string& line) {
      long ticks = 0;
      return std::sscanf(line.c_str(), "counter ns=%ld count=1", &ticks) == 1 ? ticks : 0;
    };
    const long before = said.empty() ? 0 : count(said.front());
    const long after = said.empty() ? 0 : count(said.back());
    if (before == 0 || after <= before)
      outcome.outcome = "failed: " + (said.empty() ? "nothing was said" : said.back());
    else
      outcome.output = fmt::format("counter ns={} count=1\n", after - before);
  }

  const ForeignGuest guest_;
  fs::path program_;
};

}  // namespace

std::vector<std::unique_ptr<Runner>> foreign_runners(const ForeignGuest& guest,
                                                     const fs::path& program) {
  const auto kvm = kvm_try(program);
  std::vector<std::unique_ptr<Runner>> all;
  for (const char* machine : {"microvm", "pc"})
    all.push_back(std::make_unique<OnQemu>(guest, machine, kvm));
  all.push_back(std::make_unique<OnXen>(guest, program));
  all.push_back(std::make_unique<OnSolo5>(guest));
  return all;
}

}  // namespace strata
