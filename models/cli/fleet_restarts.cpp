#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "models/cli/fleet.h"
#include "models/cli/fleet_out.h"
#include "models/cli/fleet_outages.h"
#include "models/cli/text_table.h"
#include "models/fleet/restarts.h"

namespace strata {
namespace {

struct Options {
  std::vector<std::string> stacks = {"docker_bare", "kvm_qemu_linux", "firecracker_linux",
                                     "mirage_solo5_hvt"};
  std::string machine = kDefaultMachine, policy = "least-allocated", out;
  std::size_t hosts = 200;
  std::uint32_t per_host = 50, room = 100, mib = 58;
  double years = 1;
  OutageHours outages;
  std::uint64_t seed = 1;
  bool json = false;
};

struct Answer {
  const StackFile* stack;
  RestartTotals totals;
};

/// What a stack's row says, by metric and statistic, with the unit.
struct Number {
  const char *metric, *statistic, *unit;
  double value;
};

std::vector<Number> numbers(const Options& o, const RestartTotals& t) {
  const double span_us = o.years * 8766 * 3600e6, hosts = static_cast<double>(o.hosts);
  const double instances = hosts * o.per_host;
  return {
      {"outage.hosts", "value", "1", static_cast<double>(t.host_failures)},
      {"outage.racks", "value", "1", static_cast<double>(t.rack_failures)},
      {"outage.instances", "value", "1", static_cast<double>(t.lost)},
      {"restart.waited", "value", "1", static_cast<double>(t.waited)},
      {"restart.at_once", "max", "1", static_cast<double>(t.most_starting)},
      {"restart.back", "median", "s", t.back_us.quantile(0.5) * 1e-6},
      {"restart.back", "p99", "s", t.back_us.quantile(0.99) * 1e-6},
      {"restart.storm", "median", "s", t.storm_us.quantile(0.5) * 1e-6},
      {"restart.storm", "max", "s", static_cast<double>(t.storm_us.largest()) * 1e-6},
      {"unavailable.host", "value", "1", static_cast<double>(t.hosts_down_us) / (hosts * span_us)},
      {"unavailable.instance", "value", "1",
       static_cast<double>(t.instances_down_us) / (instances * span_us)}};
}

std::vector<Record> records(const Options& o, const MachineFile& machine,
                            const std::vector<Answer>& answers) {
  std::vector<Record> out;
  for (const Answer& a : answers)
    for (const Number& n : numbers(o, a.totals)) {
      Record r;
      r.scenario = "restarts";
      r.stack = a.stack->id;
      r.workload = fmt::format("{} hosts/{} instances each/{}", o.hosts, o.per_host, o.policy);
      r.machine = machine.id;
      r.era = a.stack->era;
      r.accel = accel_of(*a.stack, machine.accel);
      r.seed = o.seed;
      r.metric = n.metric;
      r.statistic = n.statistic;
      r.value = n.value;
      r.unit = n.unit;
      out.push_back(std::move(r));
    }
  return out;
}

void restarts(const Options& o, Home& home) {
  Catalog& catalog = home.catalog();
  const MachineFile& machine = machine_of(catalog, o.machine);
  RestartSpec spec;
  spec.hosts = o.hosts;
  spec.per_host = o.per_host;
  spec.room = o.room;
  spec.mib = o.mib;
  spec.placement = policy_of(catalog, o.policy);
  spec.outages = o.outages.rates();
  spec.span_us = static_cast<std::int64_t>(o.years * 8766 * 3600e6);
  spec.seed = o.seed;
  if (o.room < o.per_host)
    throw WrongInput(fmt::format("--room: {} instances a host do not fit {}", o.per_host, o.room));
  require_writable_if_named(o.out);
  std::vector<Answer> answers;
  const int jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (const std::string& id : o.stacks) {
    const StackFile& stack = stack_of(catalog, id);
    const Surface surface = measure_surface(stack, machine, {o.seed, 0}, {}, jobs, surface_cache());
    spec.surface = &surface;
    try {
      answers.push_back({&stack, play_restarts(spec)});
    } catch (const std::invalid_argument& wrong) {
      throw WrongInput(fmt::format("{} on {}: {}", id, machine.id, wrong.what()));
    }
  }
  const auto rows = records(o, machine, answers);
  write_fleet(o.out, rows, "strata fleet restarts", home);
  if (o.json) {
    nlohmann::ordered_json out;
    for (const Record& r : rows)
      out.push_back({{"stack", r.stack},
                     {"metric", r.metric},
                     {"statistic", r.statistic},
                     {"value", r.value},
                     {"unit", r.unit}});
    std::cout << out.dump(2) << "\n";
    return;
  }
  const RestartTotals& first = answers.front().totals;
  std::cout << fmt::format(
      "{} hosts with {} instances each for {} years, {}: {} hosts and {} racks failed, hosts were "
      "away for {} % of the time\n\n",
      o.hosts, o.per_host, o.years, o.policy, first.host_failures, first.rack_failures,
      compact(100 * numbers(o, first)[9].value, 3));
  TextTable table({"stack", "instances lost", "no room at first", "at once", "back after s, median",
                   "p99", "all back after s, median", "worst", "s down a year, each"});
  for (const Answer& a : answers) {
    const auto n = numbers(o, a.totals);
    std::vector<std::string> row = {a.stack->id};
    for (std::size_t i = 2; i < 9; ++i) row.push_back(compact(n[i].value, 4));
    row.push_back(compact(n[10].value * 8766 * 3600, 4));
    table.row(row);
  }
  std::cout
      << table.print()
      << "\nrestarted at once: noticing is not in it. Rates cited: Dean, Google I/O 2008 "
         "(1,000 of 1,800 servers\nand 20 racks of 40 fail in a first year; racks are back in "
         "1 to 6 h); a host's repair is assumed. Times exponential\n"
         "balanced: every instance runs, starts or waits; restarts begun = ended + cut short + "
         "going on\n";
}

}  // namespace

void add_fleet_restarts(CLI::App& fleet, Home& home) {
  auto* command = fleet.add_subcommand(
      "restarts", "hosts and racks fail: how soon everything on them runs again elsewhere");
  auto o = std::make_shared<Options>();
  command->add_option("--stack", o->stacks)->capture_default_str();
  command->add_option("--machine", o->machine)->capture_default_str();
  command->add_option("--hosts", o->hosts)->check(CLI::Range(1, 100'000))->capture_default_str();
  command->add_option("--per-host", o->per_host, "instances on each")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--room", o->room, "instances a host takes, if its memory holds them")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->add_option("--mib", o->mib, "of each, beyond what the stack holds")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  command->add_option("--policy", o->policy, "of placing restarts")->capture_default_str();
  command->add_option("--years", o->years)->check(CLI::Range(0.0, 1000.0))->capture_default_str();
  add_outage_options(*command, o->outages);
  command->add_option("--seed", o->seed)->capture_default_str();
  command->add_option("--out", o->out, "folder for rows, manifest and figures");
  command->add_flag("--json", o->json, "for programs");
  command->callback([o, &home] { restarts(*o, home); });
}

}  // namespace strata
