#include <unistd.h>

#include "real-harness/application/application.h"
#include "real-harness/owned/network.h"
#include "real-harness/owned/owned.h"
#include "real-harness/runners/runners.h"

namespace strata {
namespace {

class Process : public Runner {
 public:
  explicit Process(std::filesystem::path guest) : guest_(std::move(guest)) {}

  std::string stack() const override { return "bare_linux"; }
  std::string about() const override { return "fork and exec of the guest program"; }
  std::string accel() const override { return "native"; }

  std::optional<std::string> cannot() override {
    if (access(guest_.c_str(), X_OK) != 0)
      return guest_.string() + ": is no program; build the target strata-probe-guest";
    return try_hello(*this);
  }

  Outcome run(const Trial& trial) override {
    Launch launch;
    launch.argv = command(guest_.string(), trial, trial.disk.string());
    launch.payload = [](pid_t pid) {
      return std::vector{std::filesystem::path("/proc") / std::to_string(pid)};
    };
    std::optional<Network> network;
    if (trial.offer == Offer::network) {
      network.emplace(Network::Port::host);
      launch.network = network->instance();
      add_peer(launch, *network, guest_.string());
    }
    return supervise(launch, trial);
  }

  bool takes_images() const override { return true; }

  /// In the image's root, with a PID namespace and mounts of its own, and no more than that.
  std::unique_ptr<Stage> stage(const Application& application) override {
    auto stage = std::make_unique<Stage>(Network::Port::host);
    const std::filesystem::path root = stage->folder.path() / "root";
    copy_root(application, root);
    Launch& launch = stage->launch;
    launch.argv = application.argv;
    launch.own_namespaces = true;
    launch.bind = {{"/dev", root / "dev"}, {"/sys", root / "sys"}};
    launch.inside =
        Inside{root, application.folder, application.user, application.group, application.groups};
    launch.environment = application.environment;
    launch.network = stage->network.instance();
    launch.payload = descendants_of;
    launch.peer = guest_.string();
    launch.peer_network = stage->network.peer();
    return stage;
  }

 private:
  std::filesystem::path guest_;
};

}  // namespace

std::unique_ptr<Runner> process_runner(std::filesystem::path guest) {
  return std::make_unique<Process>(std::move(guest));
}

}  // namespace strata
