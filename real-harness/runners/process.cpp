#include <unistd.h>

#include "real-harness/owned.h"
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
    launch.argv = {guest_.string()};
    launch.argv.insert(launch.argv.end(), trial.command.begin(), trial.command.end());
    launch.payload = [](pid_t pid) { return std::filesystem::path("/proc") / std::to_string(pid); };
    return supervise(launch, trial);
  }

 private:
  std::filesystem::path guest_;
};

}  // namespace

std::unique_ptr<Runner> process_runner(std::filesystem::path guest) {
  return std::make_unique<Process>(std::move(guest));
}

}  // namespace strata
