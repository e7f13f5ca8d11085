#include "models/cli/measure_options.h"

#include <unistd.h>

#include <array>
#include <cctype>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/base/random.h"
#include "models/cli/measured.h"
#include "models/cli/progress.h"
#include "models/cli/results.h"
#include "real-harness/host.h"

namespace strata {
namespace {

std::string default_machine() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return fmt::format("local_{:08x}", hash(name.data()) & 0xffffffff);
}

/// What the host will see of a measurement while it runs.
std::string what_it_changes() {
  const std::string folder =
      "a folder strata-harness-* in " + std::filesystem::temp_directory_path().string();
  if (geteuid() != 0) return "While it runs there is " + folder + ".\n";
  return "As root, and only while it runs: " + folder +
         ", control groups of the same name, network namespaces without a name.\n";
}

}  // namespace

std::string machine_id(const MeasureOptions& o) {
  const std::string id = o.machine.empty() ? default_machine() : o.machine;
  const bool fine = std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
  if (!fine) throw WrongInput("--machine-name: letters, digits, _ and - only, as in lab_3");
  return id;
}

std::string baseline_of(const MeasureOptions& o, const std::vector<std::string>& stacks) {
  if (o.against.empty()) return stacks.front();
  if (std::find(stacks.begin(), stacks.end(), o.against) == stacks.end())
    throw WrongInput(fmt::format("--against: '{}' is no stack measured here{}", o.against,
                                 suggest(o.against, stacks)));
  return o.against;
}

std::vector<Runner*> able(const std::vector<Runner*>& wanted, nlohmann::ordered_json& host) {
  std::vector<Runner*> out;
  for (Runner* runner : wanted) {
    const auto reason = runner->cannot();
    host["stacks"][runner->stack()] = reason ? "cannot: " + *reason : runner->about();
    if (reason)
      std::cerr << fmt::format("{} is left out: {}\n", runner->stack(), *reason);
    else
      out.push_back(runner);
  }
  if (out.empty()) throw std::runtime_error("none of these stacks can run here; see strata probe");
  return out;
}

void take(Recorded& found, Measurement&& measured) {
  found.records = std::move(measured.records);
  found.host["cells"] = nlohmann::ordered_json::array();
  for (const CellEnd& cell : measured.cells)
    found.host["cells"].push_back({{"stack", cell.stack},
                                   {"metric", cell.metric},
                                   {"stopped", name(cell.stopped)},
                                   {"reference", cell.reference}});
  for (const auto& [stack, devices] : measured.wires)
    for (const WireDevice& device : devices)
      found.host["network"][stack].push_back({{"place", device.place},
                                              {"device", device.name},
                                              {"mtu", device.mtu},
                                              {"offloads", device.offloads}});
}

void take_sampling(const MeasureOptions& o, MeasurePlan& plan, nlohmann::ordered_json& host) {
  const double minutes = o.minutes > 0 ? o.minutes : o.quick ? 2.5 : 30;
  using Clock = std::chrono::steady_clock;
  plan.until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double, std::ratio<60>>(minutes));
  plan.warm_ups = o.quick ? 1 : 2;
  plan.sampling.target = o.target;
  plan.sampling.cap = o.trials > 0 ? o.trials : o.quick ? 10 : 30;
  plan.sampling.least = std::min(plan.sampling.least, plan.sampling.cap);
  host["sampling"] = {
      {"target", plan.sampling.target}, {"least", plan.sampling.least}, {"cap", plan.sampling.cap},
      {"warm_ups", plan.warm_ups},      {"minutes", minutes},           {"quick", o.quick}};
}

void measure_and_present(const MeasurePlan& plan, Recorded& found, const MeasureOptions& o,
                         const std::filesystem::path& folder, const std::filesystem::path& home) {
  std::vector<std::string> stacks;
  for (const Runner* runner : plan.runners) stacks.push_back(runner->stack());
  const std::string baseline = baseline_of(o, stacks);
  std::filesystem::create_directories(folder);
  std::cerr << what_it_changes();
  const CpuTicks before = cpu_ticks();
  found.host["before"] = host_state();
  {
    Progress progress("measuring", 0);
    Measurement measured = measure(plan, [&](const Standing& s) {
      progress.say(fmt::format("round {}, {} of {} cells open", s.round + 1, s.open, s.cells));
    });
    take(found, std::move(measured));
  }
  found.host["after"] = host_state();
  found.host["steal_share"] = stolen_share(before, cpu_ticks());
  present(found, baseline, o, folder, home);
}

void present(const Recorded& found, const std::string& baseline, const MeasureOptions& o,
             const std::filesystem::path& folder, const std::filesystem::path& home) {
  const auto cells = cells_of(found.records);
  write_measured(found, cells, folder);
  std::cout << measured_text(found, cells, baseline);
  if (found.host.contains("facts") && found.host["facts"].is_object() &&
      found.host["facts"].value("is_a_virtual_machine", nlohmann::ordered_json()) == true)
    std::cout << "The machine is itself a virtual one: native means beneath no guest of ours.\n";
  std::cout << fmt::format("\nwritten to {}: rows.csv, host.json\n", folder.string());
  if (!o.no_figures) std::cout << draw_figures(folder, home);
}

}  // namespace strata
