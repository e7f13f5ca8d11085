#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/calibrate/contest.h"
#include "models/cli/command.h"
#include "models/cli/text_table.h"
#include "models/layers/ablation.h"
#include "models/layers/boot.h"
#include "models/study/numbers.h"

namespace strata {
namespace {

struct Options {
  std::string a, b, workload = "nginx_612", machine = kDefaultMachine;
  Drawing drawing;
  bool json = false;
};

struct Side {
  const StackModel& model;
  Totals totals;
  double latency = 0;  ///< ns, housekeeping included
};

double latency_of(const StackModel& model, const Totals& totals, const Draws& draws) {
  return stretched(totals.latency, model.housekeeping(draws));
}

Side measure(const StackModel& model) {
  const Totals totals = solve(model.system(Draws{}));
  return {model, totals, latency_of(model, totals, Draws{})};
}

/// Everything the answers of both stacks rest on.
Numbers numbers_of(const StackModel& a, const StackModel& b) {
  Numbers out;
  for (const StackModel* model : {&a, &b})
    for (const NamedNumber& n : numbers(model->stack())) out.emplace(n.number.id, n.number);
  for (const NamedNumber& n : numbers(a.machine())) out.emplace(n.number.id, n.number);
  const WorkloadFile& w = a.workload();
  for (const auto& [op, n] : w.ops) out.emplace(n.id, erase(n));
  for (const auto& [op, n] : w.bytes) out.emplace(n.id, erase(n));
  out.emplace(w.batch.id, erase(w.batch));
  out.erase("");  // structure
  return out;
}

/// CPU time, latency and the start alone, drawn together and corrected together.
std::vector<Contest> contests(const StackModel& a, const StackModel& b, const Numbers& all,
                              const Options& o) {
  const auto cpu = [](const StackModel& m, const Values& v) {
    return solve(m.system(Draws{.values = &v})).cpu.sum();
  };
  const auto latency = [](const StackModel& m, const Values& v) {
    const Draws draws{.values = &v};
    return latency_of(m, solve(m.system(draws)), draws);
  };
  const auto boot = [](const StackModel& m, const Values& v) {
    const Draws draws{.values = &v};
    const auto ends = alone(boot_plan(m.stack(), m.machine(), draws), m.machine(), draws);
    return *std::max_element(ends.begin(), ends.end());
  };
  std::vector<Contest> out;
  const auto add = [&](const std::string& what, const auto& of) {
    out.push_back(contest(
        what, [&](const Values& v) { return of(a, v); }, [&](const Values& v) { return of(b, v); },
        all, o.drawing));
  };
  add("CPU time", cpu);
  add("latency", latency);
  Issues none;
  check_boot(a.stack(), none);
  check_boot(b.stack(), none);
  if (none.empty()) add("start, alone", boot);
  settle(out);
  return out;
}

std::string ns(double value) { return fmt::format("{:.1f}", value); }

void print_side_by_side(const Side& a, const Side& b) {
  TextTable table({"", a.model.stack().id, b.model.stack().id, "difference"});
  const auto row = [&](const std::string& what, double x, double y) {
    if (x != 0 || y != 0) table.row({what, ns(x), ns(y), fmt::format("{:+.1f}", y - x)});
  };
  row("latency ns, housekeeping included", a.latency, b.latency);
  row("CPU ns", a.totals.cpu.sum(), b.totals.cpu.sum());
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

nlohmann::ordered_json json_of(const Contest& c, const Numbers& all) {
  nlohmann::ordered_json out = {{"what", c.what},
                                {"share_a_below_b", c.below},
                                {"p_holm", c.p},
                                {"determined", c.determined()},
                                {"rests_on_assumed", c.assumed},
                                {"deciding", nlohmann::ordered_json::array()}};
  if (!c.assumed) out["probability_a_below_b"] = c.below;
  for (const SobolIndex& i : c.deciding)
    out["deciding"].push_back({{"id", i.id},
                               {"first_order", i.first_order},
                               {"evidence", name(all.at(i.id).source.evidence)}});
  return out;
}

void print_json(const Side& a, const Side& b, const std::vector<Change>& changes,
                const std::vector<Contest>& settled, const Numbers& all, const Options& o) {
  const auto side = [](const Side& s) {
    nlohmann::ordered_json out = {{"stack", s.model.stack().id},
                                  {"latency_ns", s.latency},
                                  {"cpu_ns", s.totals.cpu.sum()},
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
                                {"draws", o.drawing.sets},
                                {"repetitions", o.drawing.repetitions}};
  for (const Contest& c : settled) out["contests"].push_back(json_of(c, all));
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
  const Side left = measure(model_a), right = measure(model_b);
  const Numbers all = numbers_of(model_a, model_b);
  const auto settled = contests(model_a, model_b, all, o);
  const auto changes = ablate(a, b, machine, workload, Draws{});
  if (o.json) return print_json(left, right, changes, settled, all, o);

  const auto accel = [&](const StackFile& s) { return accel_of(s, machine.accel); };
  std::cout << fmt::format("one {} of {} on {} ({} against {}), nothing contending\n\n",
                           workload.unit, workload.id, machine.id, accel(a), accel(b));
  if (accel(a).find("tcg") != accel(b).find("tcg") ||
      (accel(a) == "kvm-pvm") != (accel(b) == "kvm-pvm"))
    std::cout << "not comparable: one runs on hardware, the other does not\n\n";
  print_side_by_side(left, right);
  std::cout << fmt::format("\nover {} x {} draws of the numbers from their ranges\n",
                           o.drawing.repetitions, o.drawing.sets);
  for (const Contest& c : settled) std::cout << sentence(c, a.id, b.id, all) << "\n";
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
  command
      ->add_option("--draws", o->drawing.sets,
                   "of the parameters from their ranges (a Latin hypercube)")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str();
  command->add_option("--repetitions", o->drawing.repetitions, "hypercubes")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command->add_option("--seed", o->drawing.seed, "of the draws")->capture_default_str();
  command->add_flag("--json", o->json, "for programs");
  command->callback([o, &home] { compare(*o, home); });
}

}  // namespace strata
