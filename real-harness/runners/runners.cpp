#include "real-harness/runners/runners.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "real-harness/application/application.h"

namespace strata {
namespace {

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::vector<std::unique_ptr<Runner>> runners(const std::filesystem::path& guest) {
  std::vector<std::unique_ptr<Runner>> all;
  all.push_back(process_runner(guest));
  for (const auto confinement : {Confinement::usual, Confinement::seccomp, Confinement::rootless})
    for (const char* runtime : {"runc", "crun"})
      all.push_back(container_runner(runtime, confinement, guest));
  all.push_back(uml_runner(guest));
  const auto kvm = kvm_try(guest);
  for (auto& runner : vm_runners(guest, kvm)) all.push_back(std::move(runner));
  for (auto& runner : tender_runners(guest)) all.push_back(std::move(runner));
  for (auto& runner : pvh_runners(guest, kvm)) all.push_back(std::move(runner));
  for (auto& runner : kvm_in_qemu_runners(guest)) all.push_back(std::move(runner));
  for (auto& runner : xen_in_qemu_runners(guest)) all.push_back(std::move(runner));
  return all;
}

std::unique_ptr<Stage> Runner::stage(const Application&) {
  throw std::logic_error(stack() + " takes no images");
}

std::optional<std::string> missing_image(const std::filesystem::path& guest,
                                         const std::vector<std::string>& names) {
  const auto images = guest.parent_path() / "images";
  std::ifstream in(images / "answers.json");
  const auto answers = nlohmann::json::parse(in, nullptr, false);
  for (const std::string& name : names) {
    if (std::filesystem::exists(images / name)) continue;
    if (answers.is_object() && answers.contains(name) && answers[name].is_string())
      return fmt::format("the image {} could not be built: {}", name,
                         answers[name].get<std::string>());
    return fmt::format("{} is not there; build the images: make images", (images / name).string());
  }
  if (content_of(images / "rootfs" / "guest") != content_of(guest))
    return "the images hold another guest program than this; build them again: make images";
  return std::nullopt;
}

std::vector<std::string> words_of(const std::vector<std::vector<std::string>>& steps) {
  std::vector<std::string> words;
  for (const auto& step : steps) {
    if (!words.empty()) words.push_back("+");
    words.insert(words.end(), step.begin(), step.end());
  }
  return words;
}

std::vector<std::string> command(const std::string& guest, const Trial& trial,
                                 const std::string& disk) {
  std::vector<std::string> words = words_of(trial.steps);
  std::ranges::replace(words, "{disk}", disk);
  words.insert(words.begin(), guest);
  return words;
}

std::optional<std::string> try_hello(Runner& runner) {
  try {
    const Outcome outcome = runner.run({.deadline = runner.patience()});
    if (outcome.ok()) return std::nullopt;
    return "a try ended so: " + outcome.outcome;
  } catch (const std::exception& error) {
    return std::string("a try ended so: ") + error.what();
  }
}

}  // namespace strata
