#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "real-harness/application/application.h"
#include "real-harness/owned/network.h"
#include "real-harness/owned/owned.h"
#include "real-harness/runners/bundle.h"
#include "real-harness/runners/runners.h"
#include "real-harness/runners/seccomp.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// On hosts with both hierarchies of control groups, the second is mounted here.
constexpr const char* kUnified = "/sys/fs/cgroup/unified";

/// Where the runtime, in its own mounts, sees the bundle: nobody may not walk to where it lies.
constexpr const char* kBundle = "/mnt";

json config(const std::string& name, Confinement confinement, const Trial& trial) {
  json out = bundle_config(command("/guest", trial, "/disk"));
  json& linux = out["linux"];
  const bool rootless = confinement == Confinement::rootless;
  json network = {{"type", "network"}};
  if (trial.offer == Offer::network) network["path"] = std::string(kBundle) + "/network";
  // Without rights over the namespace a runtime cannot enter it, so it is started in it.
  if (!rootless || trial.offer != Offer::network) linux["namespaces"].push_back(network);
  if (rootless) {
    linux["namespaces"].push_back({{"type", "user"}});
    const auto map = [](unsigned id) {
      return json::array({{{"containerID", 0}, {"hostID", id}, {"size", 1}}});
    };
    const bool root = geteuid() == 0;
    linux["uidMappings"] = map(root ? kNobody : geteuid());
    linux["gidMappings"] = map(root ? kNobody : getegid());
  } else {
    linux["cgroupsPath"] = "/" + name;
    linux["resources"] = {{"devices", json::array({{{"allow", false}, {"access", "rwm"}}})}};
  }
  if (confinement == Confinement::seccomp) linux["seccomp"] = seccomp_section();
  if (trial.offer == Offer::disk)
    out["mounts"].push_back(bind_mount(std::string(kBundle) + "/disk", "/disk"));
  return out;
}

json mount_of(const char* type, const std::string& at, std::vector<std::string> options) {
  return {{"destination", at}, {"type", type}, {"source", type}, {"options", std::move(options)}};
}

/// What Docker and Podman give an application by default, so that images made for them run.
json config(const std::string& name, Confinement confinement, const Application& application) {
  Trial trial;
  trial.offer = Offer::network;
  json out = config(name, confinement, trial);
  json& process = out["process"];
  process["args"] = application.argv;
  process["env"] = application.environment;
  process["cwd"] = application.folder;
  process["user"] = {{"uid", application.user}, {"gid", application.group}};
  if (!application.groups.empty()) process["user"]["additionalGids"] = application.groups;
  const json rights = {"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
                       "CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",   "CAP_SETGID",
                       "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};
  process["capabilities"]["bounding"] = rights;
  if (application.user == 0)
    for (const char* set : {"effective", "permitted"}) process["capabilities"][set] = rights;
  process["noNewPrivileges"] = false;
  out["root"]["readonly"] = false;
  json& mounts = out["mounts"];
  mounts.push_back(mount_of("devpts", "/dev/pts",
                            {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}));
  mounts.push_back(mount_of("tmpfs", "/dev/shm", {"nosuid", "noexec", "nodev", "mode=1777"}));
  mounts.push_back(mount_of("sysfs", "/sys", {"nosuid", "noexec", "nodev", "ro"}));
  return out;
}

/// Lets nobody read what is in here, whatever this program's umask is.
void let_everybody_read(const fs::path& folder) {
  const auto let = [](const fs::path& path) {
    const auto all = fs::perms::group_read | fs::perms::others_read | fs::perms::group_exec |
                     fs::perms::others_exec;
    fs::permissions(path, all, fs::perm_options::add);
  };
  let(folder);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) let(entry.path());
}

class Container : public Runner {
 public:
  Container(std::string runtime, Confinement confinement, fs::path guest)
      : runtime_(std::move(runtime)), confinement_(confinement), guest_(std::move(guest)) {}

  std::string stack() const override {
    switch (confinement_) {
      case Confinement::seccomp:
        return runtime_ + "_seccomp";
      case Confinement::rootless:
        return runtime_ + "_rootless";
      default:
        return runtime_;
    }
  }
  std::string about() const override {
    switch (confinement_) {
      case Confinement::seccomp:
        return "as root, namespaces of its own, seccomp profile of Docker and Podman";
      case Confinement::rootless:
        return fmt::format("as {}, user namespace too, no seccomp, no control group",
                           geteuid() == 0 ? "nobody" : "this user");
      default:
        return "as root, namespaces of its own, no seccomp";
    }
  }
  std::string accel() const override { return "native"; }

  std::optional<std::string> cannot() override {
    if (access(guest_.c_str(), X_OK) != 0)
      return guest_.string() + ": is no program; build the target strata-probe-guest";
    if (fs::exists(image()))
      if (auto reason = missing_image(guest_, {"rootfs"})) return reason;
    if (find_program(runtime_).empty())
      return fmt::format("{0} is not installed; on Debian: apt-get install {0}", runtime_);
    if (confinement_ == Confinement::seccomp && access(kSeccompProfile, R_OK) != 0)
      return fmt::format(
          "{} is missing; on Debian: apt-get install golang-github-containers-common",
          kSeccompProfile);
    if (confinement_ != Confinement::rootless && geteuid() != 0)
      return fmt::format("it needs root; run strata with sudo, or measure {}_rootless", runtime_);
    return try_hello(*this);
  }

  Outcome run(const Trial& trial) override {
    const bool rootless = confinement_ == Confinement::rootless;
    const OwnedFolder folder;
    const fs::path bundle = folder.path() / "bundle", root = bundle / "rootfs";
    fs::create_directories(root);
    if (fs::exists(image())) {
      fs::copy(image(), root, fs::copy_options::recursive);
    } else {  // what is in the image
      for (const char* inside : {"proc", "dev"}) fs::create_directory(root / inside);
      fs::copy_file(guest_, root / "guest");
    }
    std::ofstream(bundle / "config.json") << config(folder.name(), confinement_, trial);
    const fs::path state = bundle / "state";
    fs::create_directory(state);

    Launch launch;
    std::optional<Network> network;
    if (trial.offer == Offer::network) {
      network.emplace(Network::Port::veth);
      enter_network(launch, *network, bundle);
      if (rootless) launch.network = network->instance();
    }
    if (trial.offer == Offer::disk) {
      std::ofstream(bundle / "disk");
      std::ofstream(root / "disk");
      launch.bind.push_back({trial.disk.string(), (bundle / "disk").string()});
    }
    start_by_runtime(launch, bundle, folder.name());
    if (rootless) {
      launch.unprivileged = true;
      let_everybody_read(bundle);
      if (geteuid() == 0 && chown(state.c_str(), kNobody, kNobody) != 0)
        throw std::system_error(errno, std::generic_category(), state.string());
    }
    launch.payload = [pid_file = state / "pid"](pid_t launcher) {
      std::string pid = "none";
      std::ifstream(pid_file) >> pid;
      // The file names the payload as the launcher's PID namespace does, and so does its /proc.
      return std::vector{fs::path("/proc") / std::to_string(launcher) / "root/proc" / pid};
    };
    return supervise(launch, trial);
  }

  /// Files of other owners need root.
  bool takes_images() const override { return confinement_ != Confinement::rootless; }

  std::unique_ptr<Stage> stage(const Application& application) override {
    auto stage = std::make_unique<Stage>(Network::Port::veth);
    const fs::path bundle = stage->folder.path() / "bundle";
    fs::create_directories(bundle / "state");
    copy_root(application, bundle / "rootfs");
    std::ofstream(bundle / "config.json")
        << config(stage->folder.name(), confinement_, application);
    Launch& launch = stage->launch;
    enter_network(launch, stage->network, bundle);
    start_by_runtime(launch, bundle, stage->folder.name());
    launch.payload = descendants_of;
    return stage;
  }

 private:
  /// The files of the bundled image, where it is built.
  fs::path image() const { return guest_.parent_path() / "images" / "rootfs"; }

  /// The runtime runs in the host's namespace and finds the instance's in the bundle.
  void enter_network(Launch& launch, const Network& network, const fs::path& bundle) const {
    launch.network = network.host();
    add_peer(launch, network, guest_.string());
    std::ofstream(bundle / "network");
    launch.bind.push_back(
        {fmt::format("/proc/self/fd/{}", network.instance()), (bundle / "network").string()});
  }

  void start_by_runtime(Launch& launch, const fs::path& bundle, const std::string& name) const {
    launch.own_namespaces = true;
    // crun refuses a host with both hierarchies; it then sees the first only.
    if (runtime_ == "crun" && fs::exists("/sys/fs/cgroup/memory") && fs::exists(kUnified))
      launch.bind.push_back({(bundle / "rootfs" / "proc").string(), kUnified});
    launch.bind.push_back({bundle.string(), kBundle});
    launch.argv = {find_program(runtime_)};
    if (confinement_ == Confinement::rootless && runtime_ == "crun")
      launch.argv.push_back("--cgroup-manager=disabled");
    for (const char* word : {"--root", "/mnt/state", "run", "--bundle", kBundle, "--pid-file",
                             "/mnt/state/pid", "--preserve-fds", "1"})
      launch.argv.push_back(word);
    launch.argv.push_back(name);
  }

  std::string runtime_;
  Confinement confinement_;
  fs::path guest_;
};

}  // namespace

std::unique_ptr<Runner> container_runner(std::string runtime, Confinement confinement,
                                         fs::path guest) {
  return std::make_unique<Container>(std::move(runtime), confinement, std::move(guest));
}

}  // namespace strata
