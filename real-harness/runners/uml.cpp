#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "real-harness/application/machine_root.h"
#include "real-harness/owned/network.h"
#include "real-harness/owned/owned.h"
#include "real-harness/runners/runners.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUml = "linux.uml";
constexpr int kMemory = 64;  // MiB

class Uml : public Runner {
 public:
  explicit Uml(const fs::path& guest) : images_(guest.parent_path() / "images"), guest_(guest) {}

  std::string stack() const override { return "uml"; }
  std::string about() const override { return "Debian's linux.uml, the image as its root"; }
  std::string accel() const override { return "native"; }
  std::optional<int> configured() const override { return kMemory; }

  std::optional<std::string> cannot() override {
    if (find_program(kUml).empty())
      return fmt::format("{} is not installed; on Debian: apt-get install user-mode-linux", kUml);
    if (auto reason = missing_image(guest_, {"uml-root.cpio", "uml-xstate-shim.so"})) return reason;
    return try_hello(*this);
  }

  Outcome run(const Trial& trial) override {
    std::vector<std::string> devices, words;
    if (trial.offer == Offer::disk) devices.push_back("ubd0r=" + trial.disk.string());
    if (trial.offer == Offer::network) devices.push_back(kWire), words = {"network", kInterface};
    for (std::string& word : command("run", trial, "/dev/ubda")) words.push_back(std::move(word));
    Launch launch = launch_of(images_ / "uml-root.cpio", kMemory, devices, words);
    std::optional<Network> network;
    if (trial.offer == Offer::network) {
      network.emplace(Network::Port::tap);
      attach(launch, *network);
    }
    return supervise(launch, trial);
  }

  bool takes_images() const override { return true; }

  /// The image's files are the guest's root.
  std::unique_ptr<Stage> stage(const Application& application) override {
    auto stage = std::make_unique<Stage>(Network::Port::tap);
    const fs::path root = stage->folder.path() / "root.cpio";
    write_machine_root(application, images_ / "uml-root.cpio", root);
    stage->launch = launch_of(root, kMemory + memory_for(root), {kWire},
                              {"network", kInterface, "application", "run"});
    attach(stage->launch, stage->network);
    return stage;
  }

 private:
  static constexpr const char* kInterface = "vec0";
  static constexpr const char* kWire = "vec0:transport=tap,ifname=tap0,depth=128,gro=1";

  /// `memory` in MiB; `devices` are the kernel's words for them, `words` those of its init.
  Launch launch_of(const fs::path& root, int memory, const std::vector<std::string>& devices,
                   const std::vector<std::string>& words) const {
    Launch launch;
    // It ends itself by a signal when its kernel panics, which the first process of a PID
    // namespace would not feel: setsid is that process, and does nothing but wait.
    launch.argv = {find_program("setsid"),
                   "--fork",
                   "--wait",
                   find_program(kUml),
                   fmt::format("mem={}M", memory),
                   "con=null",
                   "con0=null,fd:2",  // what its kernel has to say
                   "ssl=null",
                   "ssl0=fd:0,fd:1",
                   "ssl1=null,fd:3",
                   "quiet",
                   "loglevel=1",
                   "panic=-1",
                   "root=/dev/ram0",
                   "initrd=" + root.string(),
                   "rdinit=/init"};
    const auto add = [&](const std::vector<std::string>& more) {
      launch.argv.insert(launch.argv.end(), more.begin(), more.end());
    };
    add(devices);
    add({"--", "init", "off", "/dev/ttyS0", "/dev/ttyS1"});
    add(words);
    add({"end"});
    // User-mode Linux writes registers back shorter than hosts with large ones take them.
    launch.environment = {"LD_PRELOAD=" + (images_ / "uml-xstate-shim.so").string()};
    launch.own_namespaces = true;
    launch.payload = descendants_of;
    return launch;
  }

  void attach(Launch& launch, const Network& network) const {
    launch.network = network.host();
    add_peer(launch, network, guest_.string());
  }

  fs::path images_, guest_;
};

}  // namespace

std::unique_ptr<Runner> uml_runner(const fs::path& guest) { return std::make_unique<Uml>(guest); }

}  // namespace strata
