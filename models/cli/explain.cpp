#include <fmt/format.h>

#include <iostream>

#include "models/cli/answers.h"
#include "models/cli/command.h"
#include "models/cli/text_table.h"
#include "models/layers/walk.h"

namespace strata {
namespace {

std::string ns(double value) { return fmt::format("{:.1f}", value); }
std::string count(double value) { return fmt::format("{:.4g}", value); }

void explain_text(const StackModel& model, const std::vector<WalkStep>& steps,
                  const Totals& totals) {
  std::cout << fmt::format("one {} of {} through {} on {}, nothing contending, batch {:.4g}\n\n",
                           model.workload().unit, model.workload().id, model.stack().id,
                           model.machine().id, model.workload().batch.value.value);
  TextTable table({"step", "times", "latency ns", "CPU ns", "paid by", "copies", "from"});
  for (const WalkStep& s : steps) {
    const std::string indent(static_cast<std::size_t>(2 * s.depth), ' ');
    const std::string what = s.crossing ? "-> " + s.what : s.layer + "." + s.what;
    table.row({indent + what, count(s.times), s.asynchronous ? "async" : ns(s.latency), ns(s.cpu),
               s.cpu > 0 ? std::string(name(s.account)) : "-", s.copies > 0 ? count(s.copies) : "-",
               s.source});
  }
  std::cout << table.print();
  std::string paid;
  for (int a = 0; a < kAccounts; ++a)
    if (totals.cpu(a) > 0)
      paid += fmt::format("{}{} {}", paid.empty() ? "" : ", ", name(static_cast<Account>(a)),
                          ns(totals.cpu(a)));
  if (const double rho = model.housekeeping(Draws{}); rho > 0)
    std::cout << fmt::format(
        "\nhousekeeping takes {:.2g} % of a vCPU and stretches latency to {} ns\n", 100 * rho,
        ns(stretched(totals.latency, rho)));
  std::cout << fmt::format(
      "\nlatency to the application {} ns, CPU {} ns ({}), {} crossings, {} copies\n",
      ns(totals.latency), ns(totals.cpu.sum()), paid, count(totals.crossings),
      count(totals.copies));
}

}  // namespace

nlohmann::ordered_json explained(const StackModel& model) {
  const auto steps = walk(model, Draws{});
  const Totals totals = solve(model.system(Draws{}));
  nlohmann::ordered_json out;
  out["stack"] = model.stack().id;
  out["machine"] = model.machine().id;
  out["workload"] = model.workload().id;
  for (const WalkStep& s : steps)
    out["steps"].push_back({{"depth", s.depth},
                            {"layer", s.layer},
                            {"what", s.what},
                            {"crossing", s.crossing},
                            {"times", s.times},
                            {"latency_ns", s.latency},
                            {"cpu_ns", s.cpu},
                            {"account", name(s.account)},
                            {"copies", s.copies},
                            {"async", s.asynchronous},
                            {"evidence", name(s.evidence)},
                            {"from", s.source}});
  out["latency_ns"] = totals.latency;
  for (int a = 0; a < kAccounts; ++a)
    out["cpu_ns"][std::string(name(static_cast<Account>(a)))] = totals.cpu(a);
  out["crossings"] = totals.crossings;
  out["copies"] = totals.copies;
  return out;
}

void add_explain(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand(
      "explain", "the walk of an operation (or a workload) through a stack's layers");
  struct Options {
    std::string stack, operation, machine = kDefaultMachine;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  command->add_option("STACK", o->stack, "id or file")->required();
  command->add_option("OPERATION", o->operation, "an operation, or the id or file of a workload")
      ->required();
  command->add_option("--machine", o->machine, "id")->capture_default_str();
  command->add_flag("--json", o->json, "for programs");
  command->callback([o, &home] {
    Catalog& catalog = home.catalog();
    const StackFile& stack = stack_of(catalog, o->stack);
    const WorkloadFile& workload = workload_of(catalog, o->operation);
    Issues issues;
    const StackModel model(stack, machine_of(catalog, o->machine), workload, issues);
    if (!issues.empty()) throw WrongInput(issues);
    if (o->json)
      std::cout << explained(model).dump(2) << "\n";
    else
      explain_text(model, walk(model, Draws{}), solve(model.system(Draws{})));
  });
}

}  // namespace strata
