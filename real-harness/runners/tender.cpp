#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include "real-harness/application/application.h"
#include "real-harness/owned/memory.h"
#include "real-harness/owned/network.h"
#include "real-harness/owned/owned.h"
#include "real-harness/runners/processor.h"
#include "real-harness/runners/runners.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

/// MiB: 64 for what the step touch touches at most, and 16 for all else.
constexpr int kMemory = 80;

/// MiB that the tender and the kernel may take for it besides, before its control group ends it.
constexpr int kBesides = 32;

/// What the unikernel has of the guest program's steps that measure.
constexpr std::array kSteps = {"hello",   "wait",  "keep",      "counter",
                               "syscall", "touch", "hypercall", "cpuid"};

/// What it has besides where it is linked with a network.
constexpr std::array kNetworkSteps = {"serve", "http"};

bool is_among(const std::string& step, const auto& steps) {
  return std::ranges::find(steps, step) != steps.end();
}

/// The unikernel under its tender. `profile` is the tender's word for how its memory is backed.
class Unikernel : public Runner {
 public:
  Unikernel(const fs::path& guest, std::string profile)
      : tender_(guest.parent_path() / "strata-tender"),
        image_(guest.parent_path() / "strata-unikernel"),
        network_image_(guest.parent_path() / "strata-unikernel-net"),
        guest_(guest),
        profile_(std::move(profile)),
        accel_(kvm_kind()) {}

  std::string stack() const override {
    return profile_ == "fast" ? "strata_unikernel_kvm" : "strata_unikernel_kvm_" + profile_;
  }
  std::string about() const override {
    return std::string("the guest program as a unikernel under its own tender, ") +
           (profile_ == "fast" ? "memory in huge pages from the start"
                               : "memory page by page as it is used") +
           (has_network() ? "" : "; without a network: " + why_no_network());
  }
  std::string accel() const override { return accel_; }
  std::optional<int> configured() const override { return kMemory; }
  bool has(const std::string& step) const override {
    return is_among(step, kSteps) || (is_among(step, kNetworkSteps) && has_network());
  }

  std::optional<std::string> cannot() override {
    for (const fs::path& file : {tender_, image_})
      if (access(file.c_str(), R_OK) != 0)
        return file.string() + ": is not there; build the target " + file.filename().string();
    if (!fs::exists("/dev/kvm")) return "there is no /dev/kvm";
    if (access("/dev/kvm", R_OK | W_OK) != 0)
      return "no access to /dev/kvm; root has it, and on Debian the group kvm";
    return try_hello(*this);
  }

  bool serves_page() const override { return has_network(); }

  std::unique_ptr<Stage> stage(const Application& application) override {
    auto stage = std::make_unique<Stage>(Network::Port::tap);
    stage->device = stage->network.open_tap();
    stage->launch = launch_of(stage->device, stage->network);
    for (const std::string& word :
         {network_image_.string(), std::string("http"), std::to_string(application.port)})
      stage->launch.argv.push_back(word);
    return stage;
  }

  Outcome run(const Trial& trial) override {
    const bool wired = trial.offer == Offer::network;
    if (trial.offer == Offer::disk || (wired && !has_network())) {
      Outcome outcome;
      outcome.outcome =
          "failed: the unikernel has no " + (wired ? "network: " + why_no_network() : "disk");
      return outcome;
    }
    std::optional<Network> network;
    Fd tap;
    if (wired) tap = network.emplace(Network::Port::tap).open_tap();
    Launch launch = wired ? launch_of(tap, *network) : launch_of();
    for (std::string& word : command((wired ? network_image_ : image_).string(), trial, ""))
      launch.argv.push_back(std::move(word));
    if (trial.group.instance >= 0) return supervise(launch, trial);
    const MemoryGroup group(kMemory + kBesides);
    Trial own = trial;
    own.group = group.group();
    return supervise(launch, own);
  }

 private:
  /// The tender, but for the image and its words.
  Launch launch_of() const {
    Launch launch;
    launch.argv = {tender_.string(), "--memory", std::to_string(kMemory), "--profile", profile_};
    launch.own_namespaces = launch.isolated = true;
    launch.payload = [](pid_t tender) {
      return std::vector{fs::path("/proc") / std::to_string(tender)};
    };
    return launch;
  }

  /// The same on a wire.
  Launch launch_of(const Fd& tap, const Network& network) const {
    Launch launch = launch_of();
    launch.device = tap.get();
    launch.argv.insert(launch.argv.end(), {"--tap", std::to_string(Launch::kDevice)});
    add_peer(launch, network, guest_.string());
    return launch;
  }

  bool has_network() const { return access(network_image_.c_str(), R_OK) == 0; }

  /// What the build said, if it could not make the image.
  std::string why_no_network() const {
    std::ifstream in(network_image_.string() + ".cannot");
    const std::string said{std::istreambuf_iterator<char>(in), {}};
    return said.empty() ? "the target strata-unikernel-net is not built" : said;
  }

  fs::path tender_, image_, network_image_, guest_;
  std::string profile_, accel_;
};

}  // namespace

std::vector<std::unique_ptr<Runner>> tender_runners(const fs::path& guest) {
  std::vector<std::unique_ptr<Runner>> all;
  for (const char* profile : {"fast", "lean"})
    all.push_back(std::make_unique<Unikernel>(guest, profile));
  return all;
}

}  // namespace strata
