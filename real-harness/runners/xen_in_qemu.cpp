#include "real-harness/runners/xen_in_qemu.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "real-harness/runners/cpio.h"
#include "real-harness/runners/runners.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

constexpr const char* kQemu = "qemu-system-x86_64";
/// Where QEMU, in its own mounts, sees the machine's files.
constexpr const char* kMachine = "/mnt";
constexpr int kDom0Memory = 224, kMachineMemory = 448;  // MiB
constexpr int kGuestMemory = 128;                       // MiB of a guest for which these suffice

/// Without what QEMU 7.2 emulates so that Xen, its dom0 or a PVH guest stumbles over it: SMAP
/// crashes dom0, MWAIT panics Xen, RDTSCP breaks PVH guests, XSAVE and AVX corrupt dom0's
/// processes. Nor has it random numbers, for the sake of the count.
constexpr const char* kProcessor =
    "EPYC,-smap,-monitor,-rdtscp,-xsave,-avx,-avx2,-fma,-f16c,-rdrand,-rdseed";

std::string config(const XenGuest& guest) {
  std::string out = fmt::format(
      "name = \"{0}\"\ntype = \"pvh\"\nvcpus = 1\nmemory = {1}\ntsc_mode = \"native\"\n"
      "kernel = \"/guests/{0}.kernel\"\nextra = \"{2}\"\n",
      guest.name, guest.memory, guest.words);
  if (!guest.ramdisk.empty()) out += fmt::format("ramdisk = \"/guests/{}.ramdisk\"\n", guest.name);
  for (const char* event : {"poweroff", "reboot", "crash"})
    out += fmt::format("on_{} = \"destroy\"\n", event);
  return out;
}

/// MiB of dom0: a guest that is not ours may be large, and is there as an archive, unpacked, and as
/// the toolstack reads it.
int dom0_memory(const std::vector<XenGuest>& guests) {
  std::uintmax_t bytes = 0;
  for (const XenGuest& one : guests)
    if (one.until) bytes += 4 * fs::file_size(one.kernel);
  return kDom0Memory + static_cast<int>(bytes >> 20);
}

/// MiB of the machine, which has room for one guest after another.
int machine_memory(const std::vector<XenGuest>& guests) {
  int largest = kGuestMemory;
  for (const XenGuest& one : guests) largest = std::max(largest, one.memory);
  return kMachineMemory + dom0_memory(guests) - kDom0Memory + largest - kGuestMemory;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += " " + word;
  return out;
}

/// A kind of guest, and which of the guest program's steps that measure it has.
struct Kind {
  std::string stack, about;
  XenGuest (*guest)(const fs::path& guest, const Trial& trial);
  std::vector<std::string> steps;
};

class XenInQemu : public Runner {
 public:
  XenInQemu(Kind kind, fs::path guest) : kind_(std::move(kind)), guest_(std::move(guest)) {}

  std::string stack() const override { return kind_.stack; }
  std::string about() const override {
    return kind_.about +
           ", a PVH guest of Xen with Debian as its dom0, in an emulated machine whose clock "
           "counts instructions; without a network: its guest has no interrupts, and no netfront";
  }
  std::string accel() const override { return "xen-in-tcg"; }
  std::string clock() const override { return "icount"; }
  std::optional<int> configured() const override { return kind_.guest(guest_, {}).memory; }
  /// Half a minute of a processor of 2.6 GHz that has nothing else to do.
  std::chrono::milliseconds patience() const override { return std::chrono::minutes(10); }
  bool has(const std::string& step) const override {
    return std::ranges::find(kind_.steps, step) != kind_.steps.end();
  }

  /// What a machine does that is emulated to the last instruction depends on nothing but these
  /// files, so a try would be no more than a first measurement, and as long.
  std::optional<std::string> cannot() override {
    if (find_program(kQemu).empty())
      return fmt::format("{} is not installed; on Debian: apt-get install qemu-system-x86", kQemu);
    const XenGuest needed = kind_.guest(guest_, {});
    if (access(needed.kernel.c_str(), R_OK) != 0 && needed.ramdisk.empty())
      return needed.kernel.string() + ": is not there; build the target strata-unikernel-pvh";
    std::vector<std::string> images = {"xen", "xen-vmlinuz", "xen-dom0.cpio"};
    if (!needed.ramdisk.empty()) images.insert(images.end(), {"vmlinuz", "initramfs-guest.cpio"});
    return missing_image(guest_, images);
  }

  Outcome run(const Trial& trial) override {
    Outcome none;
    if (trial.offer != Offer::nothing)
      none.outcome = "failed: this guest of Xen's has no network and no disk";
    else if (trial.read_memory || trial.hold)
      none.outcome = "failed: this guest of Xen's has no input, and cannot be made to wait";
    if (!none.ok()) return none;
    const OwnedFolder folder;
    return supervise(xen_in_qemu(guest_, {kind_.guest(guest_, trial)}, folder.path()), trial);
  }

 private:
  Kind kind_;
  fs::path guest_;
};

}  // namespace

XenGuest xen_unikernel(const fs::path& guest, const Trial& trial) {
  return {.name = "unikernel",
          .kernel = guest.parent_path() / "strata-unikernel-pvh",
          .memory = 80,  // as under the tender
          .words = "tsc-khz 1000000" + joined(words_of(trial.steps))};
}

XenGuest xen_linux(const fs::path& guest, const Trial& trial) {
  const fs::path images = guest.parent_path() / "images";
  return {.name = "linux",
          .kernel = images / "vmlinuz",
          .ramdisk = images / "initramfs-guest.cpio",
          .memory = 128,  // as under QEMU
          // Only a panic may be heard on its console.
          .words =
              "console=hvc0 loglevel=0 panic=-1 rdinit=/init nokaslr -- init off /dev/hvc0 "
              "lines run" +
              joined(words_of(trial.steps)) + " end"};
}

Launch xen_in_qemu(const fs::path& guest, const std::vector<XenGuest>& guests,
                   const fs::path& folder) {
  const fs::path images = guest.parent_path() / "images", root = folder / "dom0.cpio";
  fs::copy_file(images / "xen-dom0.cpio", root);
  std::ofstream out(root, std::ios::app | std::ios::binary);
  Cpio archive(out);
  archive.folder("guests");
  for (const XenGuest& one : guests) {
    archive.text("guests/" + one.name + ".cfg", config(one));
    archive.file(one.kernel, "guests/" + one.name + ".kernel");
    if (!one.ramdisk.empty()) archive.file(one.ramdisk, "guests/" + one.name + ".ramdisk");
    if (one.until) archive.text("guests/" + one.name + ".until", *one.until);
    if (one.until) archive.file(guest, "bin/counter");
  }
  archive.end();
  out.close();

  Launch launch;
  // Xen copies and reads the files' names, so where these lie would be in the counts.
  for (const char* name : {"xen", "xen-vmlinuz"}) {
    std::ofstream(folder / name);
    launch.bind.push_back({(images / name).string(), (folder / name).string()});
  }
  launch.bind.push_back({folder.string(), kMachine});
  std::vector<std::string>& argv = launch.argv = {find_program(kQemu)};
  const auto add = [&](std::initializer_list<std::string> words) {
    argv.insert(argv.end(), words);
  };
  add({"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"});
  add({"-machine", "pc", "-m", std::to_string(machine_memory(guests)), "-cpu", kProcessor});
  add({"-accel", "tcg,tb-size=128", "-icount", "shift=0,sleep=off", "-seed", "1", "-rtc",
       "base=2020-01-01,clock=vm"});
  add({"-kernel", std::string(kMachine) + "/xen", "-append",
       fmt::format("console=com1 com1=115200,8n1 dom0_mem={0}M,max:{0}M dom0_max_vcpus=1 cpuidle=0 "
                   "bootscrub=0 loglvl=error guest_loglvl=error",
                   dom0_memory(guests))});
  add({"-initrd",
       fmt::format("{0}/xen-vmlinuz console=hvc0 quiet rdinit=/init nokaslr,{0}/dom0.cpio",
                   kMachine)});
  // Two serial ports: what Xen and dom0's kernel say, and what the guests do.
  add({"-chardev", "file,id=errors,path=/dev/fd/2", "-serial", "chardev:errors"});
  add({"-chardev", "stdio,id=out,signal=off", "-serial", "chardev:out"});
  launch.own_namespaces = true;
  launch.marks_are_lines = true;
  return launch;
}

std::vector<std::unique_ptr<Runner>> xen_in_qemu_runners(const fs::path& guest) {
  std::vector<std::unique_ptr<Runner>> all;
  for (Kind kind : {Kind{"strata_unikernel_xen_icount",
                         "the guest program as a unikernel",
                         xen_unikernel,
                         {"hello", "counter", "syscall", "touch", "hypercall", "cpuid"}},
                    Kind{"xen_pvh_linux_icount",
                         "the image as a Linux guest's root",
                         xen_linux,
                         {"hello", "counter", "syscall", "touch", "hypercall", "cpuid", "switch"}}})
    all.push_back(std::make_unique<XenInQemu>(std::move(kind), guest));
  return all;
}

}  // namespace strata
