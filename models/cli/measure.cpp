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
#include "real-harness/host.h"
#include "real-harness/measuring/at_once.h"
#include "real-harness/owned/memory.h"
#include "real-harness/owned/merging.h"

namespace strata {
namespace {

namespace fs = std::filesystem;

/// What a quick look takes unless it is told: one stack of each kind, and the mission's four
/// questions (boot, memory, the price of a call, the network), so that three minutes are enough for
/// intervals.
const std::vector<std::string> kQuickStacks = {"bare_linux", "runc", "crun", "uml", "qemu_microvm"};
const std::vector<std::string> kQuickMetrics = {"boot.total", "memory.pss", "syscall.latency",
                                                "network.tcp_receive.throughput",
                                                "network.tcp_send.throughput"};

/// The metrics that were named, and those of each group that was: `network` is all of network.*.
std::vector<std::string> whole_groups(const std::vector<std::string>& named,
                                      const std::vector<std::string>& known) {
  std::vector<std::string> out;
  for (const std::string& name : named) {
    const std::size_t before = out.size();
    const bool is_one = std::ranges::find(known, name) != known.end();
    for (const std::string& metric : known)
      if (!is_one && metric.rfind(name + ".", 0) == 0) out.push_back(metric);
    if (out.size() == before) out.push_back(name);
  }
  return out;
}

void replay(const MeasureOptions& o, const fs::path& home) {
  if (o.trials > 0 || o.minutes > 0 || o.quick || o.ksm || !o.bursts.empty() ||
      !o.instances.empty() || o.density > 0 || o.page || !o.machine.empty() || !o.image.empty() ||
      !o.guest.empty())
    throw WrongInput("--recorded starts nothing; it goes with --stack, --metric, --against, --out");
  Issues issues;
  Recorded found = read_recorded(o.recorded, issues);
  if (!issues.empty()) throw WrongInput(issues);
  found.records = chosen(std::move(found.records), o.stacks, "stack recorded there",
                         [](const Record& r) { return r.stack; });
  std::vector<std::string> known;
  for (const Record& r : found.records) known.push_back(r.metric);
  found.records = chosen(std::move(found.records), whole_groups(o.metrics, known),
                         "metric recorded there", [](const Record& r) { return r.metric; });
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

/// What was named, or what a quick look takes.
const std::vector<std::string>& asked(const MeasureOptions& o,
                                      const std::vector<std::string>& named,
                                      const std::vector<std::string>& quick) {
  return named.empty() && o.quick ? quick : named;
}

/// What is measured of what was asked for; several instances at once take their time.
std::vector<Probe> probes_of(const MeasureOptions& o) {
  const std::vector<Probe> known = probes(o.quick);
  std::vector<std::string> names;  // what needs --ksm is not of a group without it
  for (const Probe& probe : known)
    if (!probe.merged || o.ksm) names.push_back(probe.metric);
  const bool at_once = !o.bursts.empty() || o.density > 0;
  std::vector<Probe> all;
  if (!o.metrics.empty() || !at_once)
    all = chosen(known, whole_groups(asked(o, o.metrics, kQuickMetrics), names),
                 "metric that can be measured", [](const Probe& p) { return p.metric; });
  const auto add = [&](const std::vector<Probe>& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  for (const int starts : o.bursts) add(burst_probes(starts));
  if (o.density > 0) add(density_probes(o.density));
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
  plan.instances = o.instances;
  const auto wanted = chosen(std::move(known), asked(o, o.stacks, kQuickStacks),
                             "stack with a runner", [](Runner* r) { return r->stack(); });
  if (o.ksm) announce_merging(wanted);

  host = {{"machine", plan.machine}, {"strata", STRATA_VERSION}, {"facts", host_facts()}};
  host["kernel_memory"] = KernelMemory::source();
  take_sampling(o, plan, host);
  if (o.density > 0) host["sampling"]["density_budget_mib"] = o.density;
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
  if (!o.image.empty() || o.page) return measure_application(o, home);
  if (!o.guest.empty()) return measure_guest(o, home);
  if (!o.until.empty() || !o.arguments.empty())
    throw WrongInput(
        "--until and --arguments say how a machine image is measured; they go with --guest");
  if (!o.load.empty() || !o.port.empty())
    throw WrongInput(
        "--load and --port say how a server is measured; they go with --image or --page");
  const auto all = runners(probe_guest());
  std::vector<Runner*> known;
  for (const auto& runner : all) known.push_back(runner.get());
  Recorded found;
  const MeasurePlan plan = plan_of(o, known, found.host);
  const fs::path folder =
      o.out.empty() ? results_folder(home) / "measured" / plan.machine : fs::path(o.out);
  measure_and_present(plan, found, o, folder, home);
}

}  // namespace

void add_measure(CLI::App& app, const fs::path& home) {
  auto* command =
      app.add_subcommand("measure", "start real stacks on this machine and measure them");
  auto o = std::make_shared<MeasureOptions>();
  command->add_option("--stack", o->stacks,
                      "measure this one (may be repeated; default: all that can run)");
  command->add_option("--metric", o->metrics,
                      "measure this, or all of a group: boot, memory, network, ... (may be "
                      "repeated; default: all)");
  command
      ->add_option("--burst", o->bursts,
                   "boot.total of so many starts at the same instant, their median and p99 (may be "
                   "repeated; alone: only this)")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--instances", o->instances,
                   "memory.total and .marginal of so many instances (repeated: the slope over "
                   "them; default 1, 4, 16, of machines 1, 2, 4)")
      ->check(CLI::Range(1, 10000));
  command
      ->add_option("--density", o->density,
                   "how many instances a memory of so many MiB holds, and what each takes (alone: "
                   "only this)")
      ->check(CLI::Range(1.0, 1e6));
  command->add_option("--image", o->image,
                      "measure this network server of yours instead: oci:LAYOUT:TAG, as buildah, "
                      "skopeo and umoci write it; with --port and --load");
  command->add_flag("--page", o->page,
                    "measure the guest program's own web server, a page of 612 bytes, instead; the "
                    "unikernel has it, too; with --load, which is wrk's unless it is given");
  command->add_option("--port", o->port, "the TCP port it answers at (of --page: 80)");
  command->add_option(
      "--load", o->load,
      "the command that loads it, with {host} and {port} in it; no shell reads it. Of wrk and "
      "h2load the "
      "throughput and the latency are taken; of any other its time, and lines 'name value unit' "
      "(requests N 1: how many were answered)");
  command->add_option("--guest", o->guest,
                      "measure this machine image of somebody else's instead: a PVH or multiboot "
                      "ELF file under QEMU and Xen, a Solo5 unikernel under solo5-hvt");
  command->add_option("--until", o->until,
                      "with --guest: a text on its console, at which its life is measured and "
                      "ended (default: it ends by itself)");
  command->add_option("--arguments", o->arguments, "with --guest: its command line");
  command->add_option("--memory", o->memory, "with --guest: its memory in MiB")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command
      ->add_option(
          "--life", o->life,
          "with --image or --guest: seconds after which an instance (and its load) is ended")
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
