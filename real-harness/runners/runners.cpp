#include "real-harness/runners/runners.h"

namespace strata {

std::vector<std::unique_ptr<Runner>> runners(const std::filesystem::path& guest) {
  std::vector<std::unique_ptr<Runner>> all;
  all.push_back(process_runner(guest));
  all.push_back(container_runner("runc", guest));
  all.push_back(container_runner("crun", guest));
  return all;
}

std::optional<std::string> try_hello(Runner& runner) {
  const Outcome outcome = runner.run({{"hello"}, std::chrono::seconds(10), false});
  if (outcome.ok()) return std::nullopt;
  return "a try ended so: " + outcome.outcome;
}

}  // namespace strata
