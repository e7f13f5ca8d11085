#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <nlohmann/json.hpp>

#include "build_info.h"
#include "models/cli/measure_options.h"
#include "models/cli/places.h"
#include "real-harness/foreign/foreign.h"
#include "real-harness/host.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

/// Texts that every way of starting can pass on: Xen's configuration knows no escapes.
void require_plain(const char* option, const std::string& text) {
  const bool plain = std::ranges::all_of(
      text, [](unsigned char c) { return std::isprint(c) && c != '"' && c != '\\'; });
  if (!plain)
    throw WrongInput(fmt::format(
        "{}: letters, digits, spaces and signs of ASCII only, without \" and \\", option));
}

ForeignGuest guest_of(const MeasureOptions& o) {
  if (!o.image.empty() || o.page || !o.load.empty() || !o.port.empty())
    throw WrongInput(
        "--guest is a machine image of which nothing is known; it goes without --image, --page, "
        "--load and --port");
  if (!o.bursts.empty() || !o.instances.empty() || o.density > 0 || o.ksm)
    throw WrongInput(
        "--guest: a machine that does not wait cannot be one of several; it goes without --burst, "
        "--instances, --density and --ksm");
  require_plain("--until", o.until);
  require_plain("--arguments", o.arguments);
  Issues issues;
  const auto file = read_guest_file(o.guest, issues);
  if (!file) throw WrongInput(issues);
  return {*file, o.until, o.arguments, o.memory,
          std::chrono::milliseconds(static_cast<std::int64_t>(o.life * 1000))};
}

}  // namespace

void measure_guest(const MeasureOptions& o, const fs::path& home) {
  const ForeignGuest guest = guest_of(o);
  const auto all = foreign_runners(guest, probe_guest());
  std::vector<Runner*> known;
  for (const auto& runner : all) known.push_back(runner.get());
  const auto wanted = chosen(std::move(known), o.stacks, "way to start such a guest",
                             [](Runner* r) { return r->stack(); });
  MeasurePlan plan;
  plan.machine = machine_id(o);
  plan.probes = chosen(foreign_probes(!guest.until.empty()), o.metrics, "metric of such a guest",
                       [](const Probe& p) { return p.metric; });
  Recorded found;
  found.host = {{"machine", plan.machine}, {"strata", STRATA_VERSION}, {"facts", host_facts()}};
  found.host["guest"] = {{"file", guest.file.path.string()}, {"bytes", guest.file.size},
                         {"kinds", guest.file.kinds()},      {"until", guest.until},
                         {"arguments", guest.arguments},     {"memory_mib", guest.memory}};
  take_sampling(o, plan, found.host);
  std::cout << fmt::format("{}: {}\n", guest.file.path.string(), guest.file.kinds());
  plan.runners = able(wanted, found.host);
  const fs::path folder =
      o.out.empty() ? results_folder(home) / "measured" / plan.machine / "guest" : fs::path(o.out);
  measure_and_present(plan, found, o, folder, home);
  if (std::ranges::none_of(found.records, [](const Record& r) {
        return r.outcome == "ok" || r.outcome == kDisturbed;
      }))
    throw std::runtime_error("no life came to its end as it was asked to; the rows say why");
}

}  // namespace strata
