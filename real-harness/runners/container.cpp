#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "real-harness/owned.h"
#include "real-harness/runners/runners.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

/// On hosts with both hierarchies of control groups, the second is mounted here.
constexpr const char* kUnified = "/sys/fs/cgroup/unified";

nlohmann::json config(const std::string& name, const std::vector<std::string>& command) {
  using nlohmann::json;
  json args = {"/guest"};
  for (const std::string& word : command) args.push_back(word);
  json namespaces = json::array();
  for (const char* type : {"pid", "network", "ipc", "uts", "mount"})
    namespaces.push_back({{"type", type}});
  const json none = json::array();
  return {
      {"ociVersion", "1.0.2"},
      {"process",
       {{"terminal", false},
        {"user", {{"uid", 0}, {"gid", 0}}},
        {"args", args},
        {"env", json::array({"PATH=/"})},
        {"cwd", "/"},
        {"capabilities",
         {{"bounding", none}, {"effective", none}, {"permitted", none}, {"inheritable", none}}},
        {"noNewPrivileges", true}}},
      {"root", {{"path", "rootfs"}, {"readonly", true}}},
      {"hostname", "strata"},
      {"mounts", json::array({{{"destination", "/proc"}, {"type", "proc"}, {"source", "proc"}},
                              {{"destination", "/dev"},
                               {"type", "tmpfs"},
                               {"source", "tmpfs"},
                               {"options", {"nosuid", "strictatime", "mode=755", "size=64k"}}}})},
      {"linux",
       {{"cgroupsPath", "/" + name},
        {"namespaces", namespaces},
        {"resources", {{"devices", json::array({{{"allow", false}, {"access", "rwm"}}})}}}}}};
}

class Container : public Runner {
 public:
  Container(std::string runtime, fs::path guest)
      : runtime_(std::move(runtime)), guest_(std::move(guest)) {}

  std::string stack() const override { return runtime_; }
  std::string about() const override {
    return runtime_ + " run as root; own pid, network, ipc, uts and mount namespace; no seccomp";
  }
  std::string accel() const override { return "native"; }

  std::optional<std::string> cannot() override {
    if (access(guest_.c_str(), X_OK) != 0)
      return guest_.string() + ": is no program; build the target strata-probe-guest";
    if (find_program(runtime_).empty())
      return fmt::format("{0} is not installed; on Debian: apt-get install {0}", runtime_);
    if (geteuid() != 0) return "it needs root; run strata with sudo (rootless is not there yet)";
    return try_hello(*this);
  }

  Outcome run(const Trial& trial) override {
    const OwnedFolder folder;
    const fs::path root = folder.path() / "rootfs";
    for (const char* inside : {"proc", "dev"}) fs::create_directories(root / inside);
    fs::copy_file(guest_, root / "guest");
    std::ofstream(folder.path() / "config.json") << config(folder.name(), trial.command);
    const fs::path pid_file = folder.path() / "pid";

    Launch launch;
    launch.argv = {find_program(runtime_),
                   "--root",
                   (folder.path() / "state").string(),
                   "run",
                   "--bundle",
                   folder.path().string(),
                   "--pid-file",
                   pid_file.string(),
                   "--preserve-fds",
                   "1",
                   folder.name()};
    launch.own_namespaces = true;
    // crun refuses a host with both hierarchies; it then sees the first only.
    if (runtime_ == "crun" && fs::exists("/sys/fs/cgroup/memory") && fs::exists(kUnified))
      launch.unmount = {kUnified};
    launch.payload = [&](pid_t launcher) {
      std::string pid = "none";
      std::ifstream(pid_file) >> pid;
      // The file names the payload as the launcher's PID namespace does, and so does its /proc.
      return fs::path("/proc") / std::to_string(launcher) / "root/proc" / pid;
    };
    return supervise(launch, trial);
  }

 private:
  std::string runtime_;
  fs::path guest_;
};

}  // namespace

std::unique_ptr<Runner> container_runner(std::string runtime, fs::path guest) {
  return std::make_unique<Container>(std::move(runtime), std::move(guest));
}

}  // namespace strata
