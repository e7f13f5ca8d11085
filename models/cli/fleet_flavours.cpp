#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/cli/fleet.h"
#include "models/cli/fleet_out.h"
#include "models/cli/text_table.h"
#include "models/fleet/tariffs.h"
#include "models/host/footprint.h"

namespace strata {
namespace {

struct Options {
  std::string trace = "azure_functions_2019", traces, machine = kDefaultMachine, within = "uniform";
  std::vector<std::string> stacks = {"docker_bare", "kvm_qemu_linux", "firecracker_linux",
                                     "mirage_solo5_hvt"};
  double cpu_share = 0.5;
  std::uint64_t seed = 1;
  std::string out;
  bool json = false;
};

constexpr double kMibHour = 1024.0 * 3600;  // MiB-s in a GiB-hour

/// All functions' bills under one tariff on one stack.
struct Answer {
  std::string stack, tariff;
  double stack_mib = 0;
  Bill total;
  std::uint64_t cheapest = 0;  ///< functions for which no other tariff is cheaper
  double largest_duty = 0;     ///< of those: the largest share of the time that calls run
  /// The same where memory is bought for a core a call, as a tariff by CPU time gives it.
  double usd_with_cores = 0;
  std::uint64_t cheapest_with_cores = 0;
};

std::vector<Answer> answers_of(const std::string& stack, double stack_mib,
                               const std::vector<Tariff>& tariffs,
                               const std::vector<FunctionSpec>& functions, const TraceUse& use,
                               double cpu_share) {
  std::vector<Answer> out;
  for (const Tariff& t : tariffs) out.push_back({stack, t.id, stack_mib, {}, 0, 0, 0, 0});
  for (std::size_t f = 0; f < functions.size(); ++f) {
    if (use.functions[f].calls == 0) continue;
    std::size_t best = 0, best_with_cores = 0;
    double least = 0, least_with_cores = 0;
    for (std::size_t t = 0; t < tariffs.size(); ++t) {
      const Bill b =
          bill(tariffs[t], t, functions[f], use.functions[f], use.span_us, stack_mib, cpu_share);
      Bill& sum = out[t].total;
      sum.usd += b.usd;
      sum.sold += b.sold;
      sum.used += b.used;
      sum.stack += b.stack;
      sum.size += b.size;
      sum.time += b.time;
      sum.idle += b.idle;
      if (t == 0 || b.usd < least) best = t, least = b.usd;
      const double with_cores = bill(tariffs[t], t, functions[f], use.functions[f], use.span_us,
                                     stack_mib, cpu_share, tariffs[t].mib_a_core)
                                    .usd;
      out[t].usd_with_cores += with_cores;
      if (t == 0 || with_cores < least_with_cores)
        best_with_cores = t, least_with_cores = with_cores;
    }
    ++out[best].cheapest;
    ++out[best_with_cores].cheapest_with_cores;
    out[best].largest_duty =
        std::max(out[best].largest_duty,
                 static_cast<double>(use.functions[f].busy_us) / static_cast<double>(use.span_us));
  }
  return out;
}

std::string percent(double part, double whole) {
  return fmt::format("{:.1f} %", whole > 0 ? 100 * part / whole : 0);
}

/// The middle one of the functions that were called, by memory and by mean duration.
struct Typical {
  double mib = 0;
  std::int64_t duration_us = 1;
};

Typical typical_of(const std::vector<FunctionSpec>& functions, const TraceUse& use) {
  std::vector<double> mib;
  std::vector<std::int64_t> mean;
  for (std::size_t f = 0; f < functions.size(); ++f) {
    const FunctionUse& u = use.functions[f];
    if (u.calls == 0) continue;
    mib.push_back(functions[f].mib);
    mean.push_back(std::max<std::int64_t>(1, u.busy_us / static_cast<std::int64_t>(u.calls)));
  }
  if (mib.empty()) return {};
  const auto middle = [](auto& all) {
    std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2),
                     all.end());
    return all[all.size() / 2];
  };
  return {middle(mib), middle(mean)};
}

/// How seldom the middle function must run for paying by use to be cheaper than a server.
std::string break_evens(const std::vector<std::pair<std::string, double>>& stacks,
                        const std::vector<Tariff>& tariffs, const Typical& typical,
                        double cpu_share) {
  std::vector<std::string> header = {"cheaper by use below", "than"};
  for (const auto& [id, mib] : stacks) header.push_back(id);
  TextTable table(header);
  table.left(2);
  for (const Tariff& use : tariffs) {
    if (use.kind == Tariff::Kind::always) continue;
    for (const Tariff& always : tariffs) {
      if (always.kind != Tariff::Kind::always) continue;
      std::vector<std::string> row = {use.id, always.id};
      for (const auto& [id, stack_mib] : stacks)
        row.push_back(percent(
            break_even_duty(use, always, typical.mib, typical.duration_us, stack_mib, cpu_share),
            1));
      table.row(row);
    }
  }
  return fmt::format(
      "share of the time that the middle function ({} MiB, {} ms a call) runs, one call at a "
      "time\n{}",
      compact(typical.mib, 3), compact(static_cast<double>(typical.duration_us) / 1000, 3),
      table.print());
}

std::vector<Record> records_of(const Options& o, const Catalog& catalog,
                               const std::vector<Answer>& answers) {
  std::vector<Record> out;
  for (const Answer& a : answers) {
    const StackFile& stack = catalog.stacks.at(a.stack);
    const auto add = [&](const std::string& metric, const char* unit, double value) {
      Record r;
      r.scenario = "flavours";
      r.stack = a.stack;
      r.workload = fmt::format("{}/{}/{}", o.trace, o.within, a.tariff);
      r.machine = o.machine;
      r.era = stack.era;
      r.seed = o.seed;
      r.metric = metric;
      r.statistic = "value";
      r.value = value;
      r.unit = unit;
      out.push_back(std::move(r));
    };
    const Bill& b = a.total;
    add("bill", "USD", b.usd);
    const std::pair<const char*, double> parts[] = {{"sold", b.sold},      {"used", b.used},
                                                    {"stack", b.stack},    {"size_step", b.size},
                                                    {"time_step", b.time}, {"idle", b.idle}};
    for (const auto& [name, amount] : parts)
      add(std::string("bill.") + name, "GiB h", amount / kMibHour);
    add("bill.cheapest_for", "1", static_cast<double>(a.cheapest));
    add("bill_with_cores", "USD", a.usd_with_cores);
    add("bill_with_cores.cheapest_for", "1", static_cast<double>(a.cheapest_with_cores));
  }
  return out;
}

void say(const std::vector<Answer>& all, const std::vector<Tariff>& tariffs) {
  TextTable table({"stack (MiB each)", "sold as", "USD", "GiB-h sold", "used", "stack", "size step",
                   "time step", "idle", "cheapest for", "USD, a core a call", "then cheapest for"});
  table.left(2);
  for (const Answer& a : all) {
    const Bill& b = a.total;
    table.row({fmt::format("{} ({})", a.stack, compact(a.stack_mib, 3)), a.tariff,
               compact(b.usd, 4), compact(b.sold / kMibHour, 4), percent(b.used, b.sold),
               percent(b.stack, b.sold), percent(b.size, b.sold), percent(b.time, b.sold),
               percent(b.idle, b.sold), fmt::format("{}", a.cheapest), compact(a.usd_with_cores, 4),
               fmt::format("{}", a.cheapest_with_cores)});
  }
  std::cout
      << table.print()
      << "a core a call: memory is bought until each call at once has a core to itself, as by "
         "CPU time it has;\nthe columns before buy what is held, and a call has the share of a "
         "core that comes with that\n\n";
  for (const Tariff& t : tariffs)
    std::cout << t.id << ": " << t.title << "\n    " << t.from << "\n";
}

void flavours(const Options& o, Home& home) {
  Catalog& catalog = home.catalog();
  Issues issues;
  require_writable_if_named(o.out);
  const std::vector<Tariff> tariffs =
      read_tariffs(home.path() / "workloads" / "tariffs.csv", issues);
  if (!issues.empty()) throw WrongInput(issues);
  const auto reader = catalog.invocations.find(o.trace);
  if (reader == catalog.invocations.end())
    throw WrongInput(fmt::format("'{}' is no trace of calls{}", o.trace,
                                 suggest(o.trace, ids(catalog.invocations))));
  const MachineFile& machine = machine_of(catalog, o.machine);
  std::vector<std::pair<std::string, double>> stacks;
  for (const std::string& id : o.stacks) {
    const StackFile& stack = stack_of(catalog, id);
    stacks.emplace_back(
        id, static_cast<double>(footprint(stack, machine, Draws{}).marginal) / (1 << 20));
  }
  InvocationOptions options;
  options.seed = o.seed;
  options.within = o.within == "bursty" ? WithinMinute::bursty : WithinMinute::uniform;
  const std::string folder = named_folder(o.traces);
  const auto source = reader->second.open(folder, options, issues);
  if (!issues.empty() && folder.empty()) traces_folder(folder);  // says how to name one
  if (!issues.empty()) throw WrongInput(issues);

  const TraceUse use = use_of(*source, tariffs);
  const auto& functions = source->functions();
  std::vector<Answer> all;
  for (const auto& [id, mib] : stacks)
    for (Answer& a : answers_of(id, mib, tariffs, functions, use, o.cpu_share))
      all.push_back(std::move(a));
  struct Resizing {
    int minutes;
    double stranded = 0;
  };
  std::vector<Resizing> resizing = {{0}, {60}, {5}, {1}};
  double demand = 0;
  std::uint64_t calls = 0;
  for (std::size_t f = 0; f < functions.size(); ++f) {
    demand += functions[f].mib * static_cast<double>(use.functions[f].busy_us) * 1e-6;
    calls += use.functions[f].calls;
    for (Resizing& r : resizing)
      r.stranded += stranded_by_resizing(functions[f], use.functions[f], use.span_us, r.minutes);
  }
  write_fleet(o.out, records_of(o, catalog, all), "strata fleet flavours", home);
  const double hours = static_cast<double>(use.span_us) * 1e-6 / 3600;
  if (o.json) {
    nlohmann::ordered_json out = {{"trace", o.trace},         {"within", o.within},
                                  {"calls", calls},           {"hours", hours},
                                  {"cpu_share", o.cpu_share}, {"used_gib_hours", demand / kMibHour},
                                  {"notes", source->notes()}};
    for (const Answer& a : all)
      out["bills"].push_back({{"stack", a.stack},
                              {"stack_mib", a.stack_mib},
                              {"tariff", a.tariff},
                              {"usd", a.total.usd},
                              {"sold_gib_hours", a.total.sold / kMibHour},
                              {"used_gib_hours", a.total.used / kMibHour},
                              {"stack_gib_hours", a.total.stack / kMibHour},
                              {"size_step_gib_hours", a.total.size / kMibHour},
                              {"time_step_gib_hours", a.total.time / kMibHour},
                              {"idle_gib_hours", a.total.idle / kMibHour},
                              {"cheapest_for", a.cheapest},
                              {"largest_duty", a.largest_duty},
                              {"usd_with_cores", a.usd_with_cores},
                              {"cheapest_for_with_cores", a.cheapest_with_cores}});
    for (const Resizing& r : resizing)
      out["resizing"].push_back(
          {{"minutes", r.minutes}, {"stranded_gib_hours", r.stranded / kMibHour}});
    std::cout << out.dump(2) << "\n";
    return;
  }
  std::cout << fmt::format("{}: {} calls of {} functions in {} h, {} within the minute\n\n",
                           o.trace, calls, functions.size(), compact(hours, 3), o.within);
  say(all, tariffs);
  std::cout << fmt::format(
      "calls compute for {} of their time (assumed; --cpu-share): a trace of calls that says how "
      "much\nCPU time and memory each used from moment to moment would replace it\n\n{}\n",
      o.cpu_share, break_evens(stacks, tariffs, typical_of(functions, use), o.cpu_share));
  TextTable table({"a machine a function, resized", "GiB-h stranded", "of GiB-h used"});
  for (const Resizing& r : resizing)
    table.row({r.minutes == 0 ? "never" : fmt::format("every {} min", r.minutes),
               compact(r.stranded / kMibHour, 4), compact(r.stranded / demand, 3)});
  table.row({"an instance a call instead", "0", "0"});
  std::cout
      << table.print()
      << "\nresizing knows what will be needed until the next time, so no real one does better\n";
  for (const std::string& note : source->notes()) std::cout << note << "\n";
}

}  // namespace

void add_fleet_flavours(CLI::App& fleet, Home& home) {
  auto* command = fleet.add_subcommand(
      "flavours", "what sizes and times sold cost a trace of calls, and what resizing strands");
  auto o = std::make_shared<Options>();
  command->add_option("--trace", o->trace, "of calls")->capture_default_str();
  command->add_option("--traces", o->traces, "folder of recorded workloads (or STRATA_TRACES)");
  command->add_option("--stack", o->stacks, "under each instance")->capture_default_str();
  command->add_option("--machine", o->machine)->capture_default_str();
  command->add_option("--within", o->within, "calls fall into their minute")
      ->check(CLI::IsMember({"uniform", "bursty"}))
      ->capture_default_str();
  command->add_option("--cpu-share", o->cpu_share, "of a call's duration that it computes")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--seed", o->seed, "of what the trace leaves open")->capture_default_str();
  command->add_option("--out", o->out, "folder for rows, manifest and figures");
  command->add_flag("--json", o->json, "for programs");
  command->callback([o, &home] { flavours(*o, home); });
}

}  // namespace strata
