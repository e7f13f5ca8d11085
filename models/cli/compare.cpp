#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "models/cli/command.h"
#include "models/cli/finding.h"
#include "models/cli/text_table.h"
#include "models/layers/ablation.h"

namespace strata {
namespace {

struct Options {
  std::string a, b, workload = "nginx_612", machine = kDefaultMachine;
  std::uint64_t seed = 1;
  int draws = 1000;
  bool json = false;
};

struct Side {
  const StackModel& model;
  Totals totals;
  Answer cpu, latency;
};

double latency_of(const StackModel& model, const Totals& totals, const Draws& draws) {
  return stretched(totals.latency, model.housekeeping(draws));
}

Side measure(const StackModel& model, const Options& o) {
  Side side{model, solve(model.system(Draws{})), {}, {}};
  side.cpu.value = side.totals.cpu.sum();
  side.latency.value = latency_of(model, side.totals, Draws{});
  for (int trial = 1; trial <= o.draws; ++trial) {
    const Draws draws{o.seed, trial};
    const Totals totals = solve(model.system(draws));
    side.cpu.draws.push_back(totals.cpu.sum());
    side.latency.draws.push_back(latency_of(model, totals, draws));
  }
  return side;
}

std::string ns(double value) { return fmt::format("{:.1f}", value); }

void print_side_by_side(const Side& a, const Side& b) {
  TextTable table({"", a.model.stack().id, b.model.stack().id, "difference"});
  const auto row = [&](const std::string& what, double x, double y) {
    if (x != 0 || y != 0) table.row({what, ns(x), ns(y), fmt::format("{:+.1f}", y - x)});
  };
  row("latency ns, housekeeping included", a.latency.value, b.latency.value);
  row("CPU ns", a.cpu.value, b.cpu.value);
  for (int i = 0; i < kAccounts; ++i)
    row(fmt::format("  paid by {}", name(static_cast<Account>(i))), a.totals.cpu(i),
        b.totals.cpu(i));
  row("crossings", a.totals.crossings, b.totals.crossings);
  row("copies", a.totals.copies, b.totals.copies);
  std::cout << table.print();
}

void print_parts(const Side& a, const Side& b) {
  std::cout << "\nwhere the CPU time goes, crossings counted to the layer they enter\n";
  TextTable table({"layer", a.model.stack().id, b.model.stack().id});
  std::vector<LayerPart> left = parts(a.model, Draws{}), right = parts(b.model, Draws{});
  for (const LayerPart& part : left) {
    std::string other = "-";
    for (const LayerPart& r : right)
      if (r.layer == part.layer) other = ns(r.cpu);
    table.row({part.layer, ns(part.cpu), other});
  }
  for (const LayerPart& part : right)
    if (std::none_of(left.begin(), left.end(),
                     [&](const LayerPart& l) { return l.layer == part.layer; }))
      table.row({part.layer, "-", ns(part.cpu)});
  std::cout << table.print();
}

void print_ablation(const Side& a, const Side& b, const std::vector<Change>& changes) {
  std::cout << fmt::format(
      "\n{} with one layer at a time as in {} (latency without housekeeping)\n", a.model.stack().id,
      b.model.stack().id);
  TextTable table({"change", "CPU ns", "difference", "latency ns", "difference"});
  for (const Change& change : changes) {
    if (!change.totals) continue;
    table.row({change.what, ns(change.totals->cpu.sum()),
               fmt::format("{:+.1f}", change.totals->cpu.sum() - a.totals.cpu.sum()),
               ns(change.totals->latency),
               fmt::format("{:+.1f}", change.totals->latency - a.totals.latency)});
  }
  std::cout << table.print();
  for (const Change& change : changes)
    if (!change.totals)
      std::cout << fmt::format("{}: does not fit: {}\n", change.what, change.reason);
}

void print_json(const Side& a, const Side& b, const std::vector<Change>& changes,
                const Options& o) {
  const auto side = [](const Side& s) {
    nlohmann::ordered_json out = {{"stack", s.model.stack().id},
                                  {"latency_ns", s.latency.value},
                                  {"cpu_ns", s.cpu.value},
                                  {"crossings", s.totals.crossings},
                                  {"copies", s.totals.copies}};
    for (int i = 0; i < kAccounts; ++i)
      out["cpu_by_account"][std::string(name(static_cast<Account>(i)))] = s.totals.cpu(i);
    for (const LayerPart& p : parts(s.model, Draws{}))
      out["layers"].push_back({{"layer", p.layer}, {"latency_ns", p.latency}, {"cpu_ns", p.cpu}});
    return out;
  };
  nlohmann::ordered_json out = {{"a", side(a)},
                                {"b", side(b)},
                                {"workload", o.workload},
                                {"machine", o.machine},
                                {"draws", o.draws},
                                {"probability_a_below_b",
                                 {{"cpu", probability_below(a.cpu, b.cpu)},
                                  {"latency", probability_below(a.latency, b.latency)}}}};
  for (const Change& c : changes) {
    nlohmann::ordered_json change = {{"what", c.what}, {"reason", c.reason}};
    if (c.totals) change["cpu_ns"] = c.totals->cpu.sum(), change["latency_ns"] = c.totals->latency;
    out["ablation"].push_back(change);
  }
  std::cout << out.dump(2) << "\n";
}

void compare(const Options& o, Home& home) {
  Catalog& catalog = home.catalog();
  const StackFile &a = stack_of(catalog, o.a), &b = stack_of(catalog, o.b);
  const WorkloadFile& workload = workload_of(catalog, o.workload);
  const MachineFile& machine = machine_of(catalog, o.machine);
  Issues issues;
  const StackModel model_a(a, machine, workload, issues), model_b(b, machine, workload, issues);
  if (!issues.empty()) throw WrongInput(issues);
  const Side left = measure(model_a, o), right = measure(model_b, o);
  const auto changes = ablate(a, b, machine, workload, Draws{});
  if (o.json) return print_json(left, right, changes, o);

  const auto accel = [&](const StackFile& s) { return accel_of(s, machine.accel); };
  std::cout << fmt::format("one {} of {} on {} ({} against {}), nothing contending\n\n",
                           workload.unit, workload.id, machine.id, accel(a), accel(b));
  if (accel(a).find("tcg") != accel(b).find("tcg") ||
      (accel(a) == "kvm-pvm") != (accel(b) == "kvm-pvm"))
    std::cout << "not comparable: one runs on hardware, the other does not\n\n";
  print_side_by_side(left, right);
  for (const auto& [what, x, y] : {std::tuple("CPU time", &left.cpu, &right.cpu),
                                   std::tuple("latency", &left.latency, &right.latency)}) {
    const double p = probability_below(*x, *y);
    const bool open = p > 0.05 && p < 0.95;
    std::cout << fmt::format(
        "{}: {} is below {} with probability {:.2f} over {} draws of the parameters{}\n", what,
        a.id, b.id, p, o.draws, open ? ": undetermined" : "");
  }
  print_parts(left, right);
  print_ablation(left, right, changes);
}

}  // namespace

void add_compare(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand(
      "compare", "two stacks side by side, layer by layer, and how sure that is");
  auto o = std::make_shared<Options>();
  command->add_option("A", o->a, "stack")->required();
  command->add_option("B", o->b, "stack")->required();
  command->add_option("--workload", o->workload, "a workload or an operation")
      ->capture_default_str();
  command->add_option("--machine", o->machine, "id")->capture_default_str();
  command->add_option("--draws", o->draws, "of the parameters from their ranges")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command->add_option("--seed", o->seed, "of the draws")->capture_default_str();
  command->add_flag("--json", o->json, "for programs");
  command->callback([o, &home] { compare(*o, home); });
}

}  // namespace strata
