#include "real-harness/measuring/measure.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "build_info.h"
#include "models/cli/measure_options.h"
#include "models/cli/places.h"
#include "models/cli/progress.h"
#include "real-harness/host.h"
#include "real-harness/owned/memory.h"
#include "real-harness/owned/merging.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// What a quick look takes unless it is told: one stack of each kind, and the mission's four
/// questions (boot, memory, the price of a call, the network), so that three minutes are enough for
/// intervals.
const std::vector<std::string> kQuickStacks = {"bare_linux", "runc", "crun", "uml", "qemu_microvm"};
const std::vector<std::string> kQuickMetrics = {"boot.total", "memory.pss", "syscall.latency",
                                                "network.tcp_receive.throughput",
                                                "network.tcp_send.throughput"};

void replay(const MeasureOptions& o, const fs::path& home) {
  if (o.trials > 0 || o.minutes > 0 || o.quick || o.ksm || !o.machine.empty() || !o.image.empty())
    throw WrongInput("--recorded starts nothing; it goes with --stack, --metric, --against, --out");
  Issues issues;
  Recorded found = read_recorded(o.recorded, issues);
  if (!issues.empty()) throw WrongInput(issues);
  found.records = chosen(std::move(found.records), o.stacks, "stack recorded there",
                         [](const Record& r) { return r.stack; });
  found.records = chosen(std::move(found.records), o.metrics, "metric recorded there",
                         [](const Record& r) { return r.metric; });
  std::vector<std::string> stacks;
  for (const Record& r : found.records)
    if (std::find(stacks.begin(), stacks.end(), r.stack) == stacks.end()) stacks.push_back(r.stack);
  if (stacks.empty()) throw WrongInput(o.recorded + ": those stacks have no such metric there");
  const std::string baseline = baseline_of(o, stacks);

  const fs::path folder =
      o.out.empty() ? results_folder(home) / "recorded" / found.host["machine"].get<std::string>()
                    : fs::path(o.out);
  fs::create_directories(folder);
  std::error_code none;
  if (fs::equivalent(folder, o.recorded, none))
    throw WrongInput("--out: is the recorded set itself, which stays as it is");
  std::cout << fmt::format("recorded on {}\n\n", found.host["machine"].get<std::string>());
  present(found, baseline, o, folder, home);
}

/// What the host will see of a measurement while it runs.
std::string what_it_changes() {
  const std::string folder = "a folder strata-harness-* in " + fs::temp_directory_path().string();
  if (geteuid() != 0) return "While it runs there is " + folder + ".\n";
  return "As root, and only while it runs: " + folder +
         ", control groups of the same name, network namespaces without a name.\n";
}

/// What was named, or what a quick look takes.
const std::vector<std::string>& asked(const MeasureOptions& o,
                                      const std::vector<std::string>& named,
                                      const std::vector<std::string>& quick) {
  return named.empty() && o.quick ? quick : named;
}

/// What is measured of what was asked for; several instances at once take their time.
std::vector<Probe> probes_of(const MeasureOptions& o) {
  auto all = chosen(probes(o.quick), asked(o, o.metrics, kQuickMetrics),
                    "metric that can be measured", [](const Probe& p) { return p.metric; });
  if (!o.ksm && !o.metrics.empty() &&
      std::any_of(all.begin(), all.end(), [](const Probe& p) { return p.merged; }))
    throw WrongInput("memory with merged pages is measured with --ksm, which changes the host");
  std::erase_if(all, [&](const Probe& p) { return p.merged && !o.ksm; });
  return all;
}

/// Says what will be changed on this machine, before it is.
void announce_merging(const std::vector<Runner*>& stacks) {
  if (const auto reason = PageMerging::cannot()) throw std::runtime_error("--ksm: " + *reason);
  if (std::none_of(stacks.begin(), stacks.end(), [](Runner* r) { return r->merges(); }))
    throw WrongInput("--ksm: no memory of these stacks can be merged; machines on QEMU can");
  std::cerr << fmt::format(
      "--ksm: while merged memory is measured, /sys/kernel/mm/ksm has {}.\n"
      "This merges equal pages of every program here that lets it. Afterwards the settings are as "
      "before;\nif this is interrupted, after strata probe --clean.\n",
      PageMerging::changes());
}

MeasurePlan plan_of(const MeasureOptions& o, std::vector<Runner*> known,
                    nlohmann::ordered_json& host) {
  MeasurePlan plan;
  plan.machine = machine_id(o);
  plan.probes = probes_of(o);
  const auto wanted = chosen(std::move(known), asked(o, o.stacks, kQuickStacks),
                             "stack with a runner", [](Runner* r) { return r->stack(); });
  if (o.ksm) announce_merging(wanted);
  const double minutes = o.minutes > 0 ? o.minutes : o.quick ? 2.5 : 30;
  plan.until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double, std::ratio<60>>(minutes));
  plan.warm_ups = o.quick ? 1 : 2;
  plan.sampling.target = o.target;
  plan.sampling.cap = o.trials > 0 ? o.trials : o.quick ? 10 : 30;
  plan.sampling.least = std::min(plan.sampling.least, plan.sampling.cap);

  host = {{"machine", plan.machine}, {"strata", STRATA_VERSION}, {"facts", host_facts()}};
  host["kernel_memory"] = KernelMemory::source();
  host["sampling"] = {
      {"target", plan.sampling.target}, {"least", plan.sampling.least}, {"cap", plan.sampling.cap},
      {"warm_ups", plan.warm_ups},      {"minutes", minutes},           {"quick", o.quick}};
  if (std::ifstream in(probe_guest().parent_path() / "images" / "digest"); in) {
    std::string digest;
    in >> digest;
    host["image"] = digest;  // of the OCI image that every container and machine runs
  }
  plan.runners = able(wanted, host);
  const auto has_none = [&](const Runner* r) { return suited(plan.probes, *r).empty(); };
  if (std::all_of(plan.runners.begin(), plan.runners.end(), has_none))
    throw WrongInput(
        "none of these stacks has such a metric; the README of real-harness/ says why");
  return plan;
}

void run(const MeasureOptions& o, const fs::path& home) {
  if (!o.recorded.empty()) return replay(o, home);
  if (!o.image.empty()) return measure_application(o, home);
  if (!o.load.empty() || !o.port.empty())
    throw WrongInput("--load and --port say how an application is measured; they go with --image");
  const auto all = runners(probe_guest());
  std::vector<Runner*> known;
  for (const auto& runner : all) known.push_back(runner.get());
  Recorded found;
  const MeasurePlan plan = plan_of(o, known, found.host);
  std::vector<std::string> stacks;
  for (const Runner* runner : plan.runners) stacks.push_back(runner->stack());
  const std::string baseline = baseline_of(o, stacks);

  const fs::path folder =
      o.out.empty() ? results_folder(home) / "measured" / plan.machine : fs::path(o.out);
  fs::create_directories(folder);  // before the work, so that a wrong --out costs nothing
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

}  // namespace

void add_measure(CLI::App& app, const fs::path& home) {
  auto* command =
      app.add_subcommand("measure", "start real stacks on this machine and measure them");
  auto o = std::make_shared<MeasureOptions>();
  command->add_option("--stack", o->stacks,
                      "measure this one (may be repeated; default: all that can run)");
  command->add_option("--metric", o->metrics, "measure this (may be repeated; default: all)");
  command->add_option("--image", o->image,
                      "measure this network server of yours instead: oci:LAYOUT:TAG, as buildah, "
                      "skopeo and umoci write it; with --port and --load");
  command->add_option("--port", o->port, "the TCP port it answers at");
  command->add_option(
      "--load", o->load,
      "the command that loads it, with {host} and {port} in it; no shell reads it. Of wrk the "
      "throughput and the latency are taken; of any other its time, and lines 'name value unit' "
      "(requests N 1: how many were answered)");
  command
      ->add_option("--life", o->life,
                   "with --image: seconds after which an instance and its load are ended")
      ->check(CLI::Range(1.0, 86400.0))
      ->capture_default_str();
  command
      ->add_option("--target", o->target,
                   "a stack's metric is done when half the 95 % interval is within this share of "
                   "its median")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command
      ->add_option("--trials", o->trials,
                   "or after so many (default 30, quick 10; of an image 10 and 3)")
      ->check(CLI::Range(1, 100000));
  command->add_option("--minutes", o->minutes, "or after this time (default 30, quick 2.5)")
      ->check(CLI::Range(0.01, 10000.0));
  command->add_flag(
      "--quick", o->quick,
      "shorter loops and fewer samples of the main stacks and metrics; under 3 minutes");
  command->add_flag("--ksm", o->ksm,
                    "also measure the memory of QEMU's machines with equal pages merged; changes "
                    "/sys/kernel/mm/ksm meanwhile (root)");
  command->add_option("--against", o->against,
                      "hold the others against this stack (default: the first that ran)");
  command->add_option("--recorded", o->recorded,
                      "start nothing: the tables and the figure of a folder measured before");
  command->add_option("--machine-name", o->machine,
                      "the machine's id in the rows (default: made from the host's name)");
  command->add_option("--out", o->out,
                      "folder to write to (default results/local/measured/MACHINE)");
  command->add_flag("--no-figures", o->no_figures, "draw nothing");
  command->callback([o, home] { run(*o, home); });
}

}  // namespace strata
