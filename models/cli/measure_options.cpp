#include "models/cli/measure_options.h"

#include <unistd.h>

#include <array>
#include <cctype>
#include <iostream>

#include "models/base/random.h"
#include "models/cli/measured.h"
#include "models/cli/results.h"

namespace strata {
namespace {

std::string default_machine() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return fmt::format("local_{:08x}", hash(name.data()) & 0xffffffff);
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
