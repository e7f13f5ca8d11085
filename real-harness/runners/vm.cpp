#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <utility>

#include "real-harness/application/machine_root.h"
#include "real-harness/owned/network.h"
#include "real-harness/owned/owned.h"
#include "real-harness/runners/bundle.h"
#include "real-harness/runners/cpio.h"
#include "real-harness/runners/processor.h"
#include "real-harness/runners/runners.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

constexpr const char* kQemu = "qemu-system-x86_64";
constexpr int kMemory = 128;  // MiB

/// How one kind of virtual machine differs from another.
struct Shape {
  std::string stack;
  std::string machine;  ///< QEMU's -machine
  std::string bus;      ///< the suffix of its virtio devices
  std::string about;
  bool icount = false;     ///< always emulated; its clock counts instructions, one a nanosecond
  bool container = false;  ///< the guest program is in a container of crun's in the guest
};

Shape microvm() {
  return {"qemu_microvm", "microvm,acpi=on,rtc=on", "device",
          "QEMU's microvm, the image as its root"};
}

Shape q35() {
  return {"kvm_qemu_linux", "q35", "pci", "QEMU's q35 with SeaBIOS, the image as its root"};
}

/// Four layers: host, VMM, the guest's kernel, and a container in it. With a network the container
/// shares the guest's namespace.
Shape crun_in_microvm() {
  Shape shape = microvm();
  shape.stack = "crun_in_qemu_microvm";
  shape.about = "QEMU's microvm, the image as a container of crun's in it";
  shape.container = true;
  return shape;
}

/// What happened, without what was said meanwhile: "failed: ended by signal 11".
std::string beginning(const std::string& outcome) {
  return outcome.substr(0, outcome.find(": ", std::string("failed: ").size()));
}

/// The config.json of the container in the guest.
std::string config(const Trial& trial) {
  nlohmann::json out = bundle_config(command("/guest", trial, "/disk"));
  if (trial.offer != Offer::network) out["linux"]["namespaces"].push_back({{"type", "network"}});
  if (trial.offer == Offer::disk) out["mounts"].push_back(bind_mount("/dev/vda", "/disk"));
  out["linux"]["cgroupsPath"] = "/container";
  return out.dump();
}

/// The smallest machine, without anything that depends on the host's time or chance: two runs
/// execute the same instructions. Without ACPI it has no virtio devices.
Shape counted_microvm() {
  return {"qemu_microvm_icount", "microvm,acpi=off", "",
          "QEMU's microvm, its clock counts instructions (-icount)", true};
}

class VirtualMachine : public Runner {
 public:
  VirtualMachine(Shape shape, fs::path guest, std::shared_ptr<KvmTry> kvm)
      : shape_(std::move(shape)),
        images_(guest.parent_path() / "images"),
        guest_(std::move(guest)),
        kvm_(std::move(kvm)) {}

  std::string stack() const override { return shape_.stack; }
  std::string about() const override {
    if (shape_.icount || kvm_->why_not().empty()) return shape_.about;
    return shape_.about + "; emulated: " + kvm_->why_not();
  }
  std::string accel() const override { return accel_; }
  std::string clock() const override { return shape_.icount ? "icount" : "wall"; }
  std::optional<int> configured() const override { return kMemory; }
  bool merges() const override { return true; }

  std::optional<std::string> cannot() override {
    if (find_program(kQemu).empty())
      return fmt::format("{} is not installed; on Debian: apt-get install qemu-system-x86", kQemu);
    if (auto reason = missing_image(guest_, {"vmlinuz", root()})) return reason;
    // Who can open /dev/kvm may still be unable to run an unmodified kernel on it.
    if (!shape_.icount) accel_ = kvm_->accel();
    return try_hello(*this);
  }

  /// One life with this accel, whether or not it works here.
  Outcome run_with(const std::string& accel, const Trial& trial) {
    accel_ = accel;
    return run(trial);
  }

  Outcome run(const Trial& trial) override {
    if (shape_.icount && trial.offer != Offer::nothing) {
      Outcome outcome;
      outcome.outcome = "failed: this machine has no network and no disk";
      return outcome;
    }
    std::optional<OwnedFolder> folder;
    Guest guest{images_ / root(), kMemory, trial.offer, trial.disk, ""};
    if (shape_.container) {
      guest.root = folder.emplace().path() / "root";
      fs::copy_file(images_ / root(), guest.root);
      std::ofstream out(guest.root, std::ios::app | std::ios::binary);
      Cpio(out).text("bundle/config.json", config(trial)).end();
      guest.words += " container";
    }
    for (const std::string& word : command("run", trial, "/dev/vda")) guest.words += " " + word;
    Launch launch = launch_of(guest);
    std::optional<Network> network;
    if (trial.offer == Offer::network) {
      network.emplace(Network::Port::tap);
      attach(launch, *network);
    }
    return supervise(launch, trial);
  }

  bool takes_images() const override { return !shape_.icount && !shape_.container; }

  /// The image's files are the guest's root.
  std::unique_ptr<Stage> stage(const Application& application) override {
    auto stage = std::make_unique<Stage>(Network::Port::tap);
    const fs::path root = stage->folder.path() / "root.cpio";
    write_machine_root(application, images_ / "initramfs-guest.cpio", root);
    stage->launch =
        launch_of({root, kMemory + memory_for(root), Offer::network, {}, " application run"});
    attach(stage->launch, stage->network);
    return stage;
  }

 private:
  std::string root() const {
    return shape_.container ? "initramfs-container.cpio" : "initramfs-guest.cpio";
  }

  /// What one machine is made of besides its shape.
  struct Guest {
    fs::path root;
    int memory;  ///< MiB
    Offer offer;
    fs::path disk;
    std::string words;  ///< of its init, from `run` on or a little before
  };

  Launch launch_of(const Guest& guest) const {
    Launch launch;
    launch.argv = arguments(guest);
    launch.own_namespaces = true;
    launch.payload = [](pid_t vmm) { return std::vector{fs::path("/proc") / std::to_string(vmm)}; };
    return launch;
  }

  void attach(Launch& launch, const Network& network) const {
    launch.network = network.host();
    add_peer(launch, network, guest_.string());
  }

  std::vector<std::string> arguments(const Guest& guest) const {
    const bool emulated = accel_ == "tcg";
    std::string append = "console=ttyS2 edd=off loglevel=4 panic=-1 reboot=t rdinit=/init nokaslr";
    // An emulated machine without a timer of known rate calibrates its clock for ever, or badly.
    if (emulated)
      append += fmt::format(" tsc=reliable tsc_early_khz={} lpj=4000000",
                            shape_.icount ? 1'000'000 : tsc_khz());
    append += " -- init restart /dev/ttyS0 /dev/ttyS1";
    if (guest.offer != Offer::nothing) append += " modules";
    if (guest.offer == Offer::network) append += " network eth0";
    append += guest.words + " end";

    std::vector<std::string> argv = {find_program(kQemu)};
    const auto add = [&](std::initializer_list<std::string> words) {
      argv.insert(argv.end(), words);
    };
    add({"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"});
    add({"-machine", shape_.machine, "-m", std::to_string(guest.memory)});
    if (shape_.icount)
      add({"-accel", "tcg,tb-size=16", "-cpu", "qemu64,-rdrand", "-icount", "shift=0,sleep=off",
           "-seed", "1", "-rtc", "base=2020-01-01,clock=vm"});
    else
      add({"-accel", emulated ? "tcg,tb-size=32" : "kvm", "-cpu", emulated ? "max" : "host"});
    add({"-kernel", (images_ / "vmlinuz").string(), "-append", append});
    add({"-initrd", guest.root.string()});
    // The guest's three serial ports: answers, marks, and what its kernel has to say.
    add({"-chardev", "stdio,id=out,signal=off", "-serial", "chardev:out"});
    add({"-chardev", "file,id=marks,path=/dev/fd/3", "-device",
         "isa-serial,chardev=marks,index=1"});
    add({"-chardev", "file,id=errors,path=/dev/fd/2", "-device",
         "isa-serial,chardev=errors,index=2"});
    if (guest.offer == Offer::network)
      add({"-netdev", "tap,id=net,ifname=tap0,script=no,downscript=no", "-device",
           "virtio-net-" + shape_.bus + ",netdev=net"});
    if (guest.offer == Offer::disk)
      add({"-drive",
           fmt::format("if=none,id=disk,file={},format=raw,readonly=on,cache=none,aio=native",
                       guest.disk.string()),
           "-device", "virtio-blk-" + shape_.bus + ",drive=disk"});
    return argv;
  }

  Shape shape_;
  fs::path images_, guest_;
  std::shared_ptr<KvmTry> kvm_;
  std::string accel_ = "tcg";
};

}  // namespace

std::string KvmTry::accel() {
  if (!accel_.empty()) return accel_;
  accel_ = "tcg";
  if (access("/dev/kvm", R_OK | W_OK) != 0) {
    why_not_ = fs::exists("/dev/kvm") ? "no access to /dev/kvm" : "there is no /dev/kvm";
    return accel_;
  }
  const std::string kind = kvm_kind();
  Trial trial;
  trial.deadline = kDeadline;
  const Outcome outcome = boot_(kind, trial);
  if (outcome.ok())
    accel_ = kind;
  else
    why_not_ = "no unmodified kernel boots on /dev/kvm here (" + beginning(outcome.outcome) + ")";
  return accel_;
}

std::shared_ptr<KvmTry> kvm_try(const fs::path& guest) {
  return std::make_shared<KvmTry>([guest](const std::string& accel, const Trial& trial) {
    Outcome none;
    if (const auto reason = missing_image(guest, {"vmlinuz", "initramfs-guest.cpio"})) {
      none.outcome = "failed: " + *reason;
      return none;
    }
    return VirtualMachine(microvm(), guest, nullptr).run_with(accel, trial);
  });
}

std::vector<std::unique_ptr<Runner>> vm_runners(const fs::path& guest,
                                                const std::shared_ptr<KvmTry>& kvm) {
  std::vector<std::unique_ptr<Runner>> all;
  all.push_back(std::make_unique<VirtualMachine>(microvm(), guest, kvm));
  all.push_back(std::make_unique<VirtualMachine>(q35(), guest, kvm));
  all.push_back(std::make_unique<VirtualMachine>(crun_in_microvm(), guest, kvm));
  all.push_back(std::make_unique<VirtualMachine>(counted_microvm(), guest, kvm));
  return all;
}

}  // namespace strata
