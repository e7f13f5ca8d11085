#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "models/calibrate/predict.h"

namespace strata {
namespace {

/// Both ways, the factor by which a price scaled to a machine nobody measured may be off beside its
/// own range.
constexpr double kScalingSpread = 1.5;
/// The bare instruction pair of a system call without page-table isolation (blitz_kernel_entry).
constexpr double kBareSyscallCycles = 99;
/// One instruction of a filter in an interpreter without retpolines: 3.2 by strata_filters, 5.5 of
/// hromatka2018; between the two, as stacks/machines/i7_9700k_mitigations_off.toml has it.
constexpr double kInterpretedStepCycles = 4.2;
/// The first year in which mitigations cost anything: Meltdown and Spectre became public.
constexpr int kMitigationsSince = 2018;

template <class T>
Sourced<T> exactly(double value, const std::string& words, const std::string& id) {
  Sourced<T> n;
  n.value = n.low = n.high = T{value};
  n.source = {Evidence::assumed, "", words, "", 0};
  n.id = "inline." + id;
  return n;
}

const MachineFile* nearest(const Catalog& catalog, int year, double ghz) {
  const MachineFile* best = nullptr;
  double least = INFINITY;
  for (const auto& [id, machine] : catalog.machines) {
    const double clocks = std::abs(std::log(machine.clock.value.value / (ghz * 1e9)));
    const double distance = std::abs(machine.era - year) + clocks;
    if (distance < least) least = distance, best = &machine;
  }
  return best;
}

}  // namespace

MachineFile inline_machine(const std::string& text, const Catalog& catalog, Issues& issues) {
  const std::vector<std::string> known = {"cores", "ghz", "memory", "year", "mitigations"};
  std::map<std::string, std::string> said;
  const auto wrong = [&](const std::string& key, const std::string& message) {
    issues.push_back({{"--machine", 0, 0}, key, message});
  };
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto at = part.find('=');
    const std::string key = part.substr(0, at);
    if (at == std::string::npos || std::find(known.begin(), known.end(), key) == known.end())
      wrong(key, "is no key of a machine" + suggest(key, known));
    else if (!said.emplace(key, part.substr(at + 1)).second)
      wrong(key, "is said twice");
  }
  const auto number = [&](const std::string& key, double least, double most, bool whole) {
    if (!said.contains(key)) {
      if (key == "cores" || key == "ghz" || key == "year") wrong(key, "is missing");
      return least;
    }
    const auto n = parse_quantity(said.at(key));
    if (n && n->dimension == Dimension::ratio && n->value >= least && n->value <= most &&
        (!whole || n->value == std::floor(n->value)))
      return n->value;
    wrong(key, fmt::format("'{}' must be a {}number from {} to {}", said.at(key),
                           whole ? "whole " : "", least, most));
    return least;
  };
  const int cores = static_cast<int>(number("cores", 1, 4096, true));
  const double ghz = number("ghz", 0.1, 10, false);
  const int year = static_cast<int>(number("year", 1960, 2100, true));
  const bool off =
      said.contains("mitigations") ? said["mitigations"] == "off" : year < kMitigationsSince;
  if (said.contains("mitigations") && said["mitigations"] != "off" && said["mitigations"] != "on")
    wrong("mitigations", fmt::format("'{}' must be on or off", said["mitigations"]));
  double memory = 0;
  if (said.contains("memory")) {
    const auto n = parse_quantity(said["memory"]);
    if (n && n->dimension == Dimension::bytes && n->value > 0)
      memory = n->value;
    else
      wrong("memory", fmt::format("'{}' must be a size such as 128 GiB", said["memory"]));
  }
  const MachineFile* base = nearest(catalog, year, ghz);
  if (!base) wrong("year", "no machine is described to start from");
  if (!issues.empty()) return {};

  MachineFile machine = *base;
  machine.id = text;
  machine.title = fmt::format("{} (else as {})", text, base->id);
  machine.aliases.clear();
  machine.place = {};
  machine.cores = cores;
  machine.era = year;
  machine.clock = exactly<Frequency>(ghz * 1e9, "said on the command line", "clock");
  if (memory > 0) machine.memory = exactly<Bytes>(memory, "said on the command line", "memory");
  const double slower = base->clock.value.value / (ghz * 1e9);
  const auto scale = [&](Sourced<Duration>& price, std::string_view what) {
    price.value.value *= slower;
    price.low.value *= slower / kScalingSpread;
    price.high.value *= slower * kScalingSpread;
    price.source = {Evidence::assumed, "",
                    fmt::format("{} of {} ({}), scaled by the clock; nothing else of the "
                                "generation is modelled",
                                what, base->id, price.source.words),
                    price.source.file, price.source.line};
    price.id = "inline." + price.id;
  };
  for (int c = 0; c < kCrossings; ++c)
    scale(machine.crossings[static_cast<std::size_t>(c)],
          crossing_names()[static_cast<std::size_t>(c)]);
  scale(machine.filter_step, "filter_step");
  if (off) {
    const auto price = [&](Sourced<Duration>& n, double cycles, std::string_view of) {
      n.value.value = cycles / ghz;
      n.low.value = n.value.value / kScalingSpread;
      n.high.value = n.value.value * kScalingSpread;
      n.source.words = fmt::format("{} cycles of {} at {} GHz", cycles, of, ghz);
    };
    price(machine.crossings[static_cast<std::size_t>(Crossing::syscall)], kBareSyscallCycles,
          "the bare instruction pair (blitz_kernel_entry)");
    // Compiled as on the base, or interpreted, but no longer by retpolines.
    if (machine.filter_step.value.value > kInterpretedStepCycles / ghz)
      price(machine.filter_step, kInterpretedStepCycles,
            "an interpreted one without retpolines (strata_filters)");
  }
  return machine;
}

}  // namespace strata
