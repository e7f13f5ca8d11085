#include "models/calibrate/validate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "models/cli/command.h"
#include "models/cli/text_table.h"

namespace strata {
namespace {

struct Options {
  Sampling sampling{64, 1, 1, 1};
  bool json = false, rows = false;
};

std::string percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.0f}", 100 * share) : "-";
}

std::map<std::string, std::vector<Held>> by(const std::vector<Held>& rows,
                                            const std::function<std::string(const Held&)>& key) {
  std::map<std::string, std::vector<Held>> groups;
  for (const Held& row : rows) groups[key(row)].push_back(row);
  return groups;
}

void print_scores(const std::string& title,
                  const std::map<std::string, std::vector<Held>>& groups) {
  TextTable table({title, "n", "error %", "<=10 %", "<=25 %", "<=50 %", "in 90 %", "width %",
                   "score %", "tau", "nearest %", "plain %"});
  for (const auto& [name, rows] : groups) {
    const Score s = score(rows);
    const auto baseline = [](double error, int n) {
      return n > 0 ? fmt::format("{} ({})", percent(error), n) : "-";
    };
    table.row({name, std::to_string(s.n), percent(s.median_error), percent(s.within_10),
               percent(s.within_25), percent(s.within_50), percent(s.coverage), percent(s.width),
               percent(s.interval_score),
               s.tau ? fmt::format("{:.2f} ({})", *s.tau, s.rankings) : "-",
               baseline(s.nearest_error, s.n_nearest), baseline(s.plain_error, s.n_plain)});
  }
  std::cout << table.print();
}

void print_rows(const std::vector<Held>& rows) {
  TextTable table({"row", "stack", "metric", "statistic", "parallel", "observed", "model",
                   "error %", "rests on"});
  for (const Held& r : rows)
    table.row({r.id, r.stack, r.workload.empty() ? r.metric : r.metric + " " + r.workload,
               r.statistic, std::to_string(std::max(1, r.parallel)),
               fmt::format("{:.4g} {}", r.observed, r.unit),
               fmt::format("{:.4g} [{:.3g} .. {:.3g}]", r.model.value, r.model.low, r.model.high),
               fmt::format("{:+.0f}", 100 * (r.model.value / r.observed - 1)),
               fmt::format("{}", fmt::join(r.rests_on, " "))});
  std::cout << table.print();
}

void print_text(const Validation& v, const Options& o) {
  const std::size_t expressed = v.held.size() + v.dropped.size();
  std::cout << fmt::format(
      "development error: every published row was known while the models were written, and nothing "
      "was fitted\n{} validation rows, {} expressed ({:.0f} %): {} predicted, {} dropped because "
      "their own experiment enters the answer\n\n",
      v.validation_rows, expressed,
      100.0 * static_cast<double>(expressed) / std::max(1, v.validation_rows), v.held.size(),
      v.dropped.size());
  print_scores("table", by(v.held, [](const Held& h) { return h.table; }));
  std::cout << "\n";
  print_scores("metric", by(v.held, [](const Held& h) { return h.metric; }));
  std::cout << fmt::format(
      "\nall {} rows: median error {} %, macro-averaged by paper {} %; {} % inside the 90 % "
      "intervals\n",
      v.held.size(), percent(score(v.held).median_error), percent(macro_error(v.held)),
      percent(score(v.held).coverage));
  std::cout
      << "error: median of |model / observed - 1|; width: of the 90 % interval over the value; "
         "score: interval score over the observation;\ntau: Kendall's, of the stacks' order, "
         "mean over so many conditions; baselines with so many rows: nearest published number "
         "of another\nexperiment times the clock ratio, and plain: the same on bare Linux\n";
  if (!v.dropped.empty()) {
    std::cout << "\ndropped, not scored above\n";
    print_scores("table", by(v.dropped, [](const Held& h) { return h.table; }));
  }
  if (o.rows) {
    std::cout << "\npredicted\n";
    print_rows(v.held);
    std::cout << "\ndropped\n";
    print_rows(v.dropped);
  }
  std::cout << "\nnot expressed\n";
  TextTable table({"rows", "reason"});
  for (const auto& [reason, n] : v.not_expressed) table.row({std::to_string(n), reason});
  std::cout << table.print();
}

nlohmann::ordered_json to_json(const std::map<std::string, std::vector<Held>>& groups) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  const auto or_null = [](double v, bool has) {
    return has ? nlohmann::json(v) : nlohmann::json();
  };
  for (const auto& [name, rows] : groups) {
    const Score s = score(rows);
    out[name] = {
        {"n", s.n},
        {"median_error", s.median_error},
        {"within_10", s.within_10},
        {"within_25", s.within_25},
        {"within_50", s.within_50},
        {"coverage", s.coverage},
        {"width", s.width},
        {"interval_score", s.interval_score},
        {"tau", or_null(s.tau.value_or(0), s.tau.has_value())},
        {"rankings", s.rankings},
        {"nearest",
         {{"n", s.n_nearest}, {"median_error", or_null(s.nearest_error, s.n_nearest > 0)}}},
        {"plain", {{"n", s.n_plain}, {"median_error", or_null(s.plain_error, s.n_plain > 0)}}}};
  }
  return out;
}

nlohmann::ordered_json to_json(const std::vector<Held>& rows) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const Held& r : rows)
    out.push_back({{"row", r.id},
                   {"table", r.table},
                   {"stack", r.stack},
                   {"machine", r.machine},
                   {"workload", r.workload},
                   {"metric", r.metric},
                   {"statistic", r.statistic},
                   {"parallel", r.parallel},
                   {"unit", r.unit},
                   {"observed", r.observed},
                   {"value", r.model.value},
                   {"low", r.model.low},
                   {"high", r.model.high},
                   {"assumed_share", r.model.assumed_share},
                   {"nearest_row", r.nearest_row},
                   {"rests_on", r.rests_on}});
  return out;
}

void run_validation(const Options& o, Home& home) {
  const Validation v = validate(home.catalog(), o.sampling);
  if (!o.json) return print_text(v, o);
  nlohmann::ordered_json out;
  out["error"] = "development error";
  out["validation_rows"] = v.validation_rows;
  out["predicted"] = v.held.size();
  out["dropped"] = v.dropped.size();
  out["median_error"] = score(v.held).median_error;
  out["macro_error"] = macro_error(v.held);
  out["tables"] = to_json(by(v.held, [](const Held& h) { return h.table; }));
  out["metrics"] = to_json(by(v.held, [](const Held& h) { return h.metric; }));
  out["dropped_tables"] = to_json(by(v.dropped, [](const Held& h) { return h.table; }));
  out["not_expressed"] = v.not_expressed;
  out["rows"] = to_json(v.held);
  out["dropped_rows"] = to_json(v.dropped);
  std::cout << out.dump(2) << "\n";
}

}  // namespace

void add_validate(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand(
      "validate", "the models against every published validation row they can express");
  auto o = std::make_shared<Options>();
  o->sampling.jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  command->add_option("--draws", o->sampling.draws, "of the parameters, a Latin hypercube")
      ->check(CLI::Range(20, 100000))
      ->capture_default_str();
  command->add_option("--repetitions", o->sampling.repetitions, "of the starts of each draw")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--seed", o->sampling.seed, "of draws and starts")->capture_default_str();
  command->add_option("--jobs", o->sampling.jobs, "simulations at a time")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--rows", o->rows, "print every row as well");
  command->add_flag("--json", o->json, "for programs");
  command->callback([o, &home] { run_validation(*o, home); });
}

}  // namespace strata
