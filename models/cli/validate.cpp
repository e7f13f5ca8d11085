#include "models/calibrate/validate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "build_info.h"
#include "models/calibrate/parallel_starts.h"
#include "models/calibrate/validate_score.h"
#include "models/cli/command.h"
#include "models/cli/results.h"
#include "models/cli/shell.h"
#include "models/cli/text_table.h"

namespace strata {
namespace {

using nlohmann::ordered_json;

struct Options {
  DrawPlan sampling{64, 1, 1, 1};
  bool json = false, rows = false;
  std::string html;
};

using Groups = std::map<std::string, std::vector<Held>>;

Groups by(const std::vector<Held>& rows, const std::function<std::string(const Held&)>& key) {
  Groups groups;
  for (const Held& row : rows) groups[key(row)].push_back(row);
  return groups;
}
std::string table_of(const Held& row) { return row.table; }
std::string metric_of(const Held& row) {
  return row.scored_with.empty() ? row.metric : row.metric + " " + row.scored_with;
}

double share(int part, int of) { return of > 0 ? static_cast<double>(part) / of : 0; }
int size(const std::vector<Held>& rows) { return static_cast<int>(rows.size()); }

std::string percent(double part) {
  return std::isfinite(part) ? fmt::format("{:.0f}", 100 * part) : "-";
}

void print_scores(const std::string& title, const Groups& groups) {
  TextTable table({title, "n", "error %", "<=10 %", "<=25 %", "<=50 %", "in 90 %", "width %",
                   "score %", "tau", "nearest %", "plain %"});
  const auto baseline = [](double error, int n) {
    return n > 0 ? fmt::format("{} ({})", percent(error), n) : "-";
  };
  for (const auto& [name, rows] : groups) {
    const Score s = score(rows);
    table.row({name, std::to_string(s.n), percent(s.median_error), percent(s.within_10),
               percent(s.within_25), percent(s.within_50), percent(s.coverage), percent(s.width),
               percent(s.interval_score),
               s.tau ? fmt::format("{:.2f} ({})", *s.tau, s.rankings) : "-",
               baseline(s.nearest_error, s.n_nearest), baseline(s.plain_error, s.n_plain)});
  }
  std::cout << table.print();
}

void print_rows(const std::string& title, const std::vector<Held>& rows) {
  TextTable table(
      {title, "stack", "metric", "statistic", "load", "observed", "model", "error %", "rests on"});
  table.left(4);
  for (const Held& r : rows) {
    std::string load;
    if (r.parallel > 1) load = fmt::format("{} starts", r.parallel);
    if (r.size > 0) load = fmt::format("{:.0f} B", r.size);
    if (r.depth > 1) load += fmt::format(" x {}", r.depth);
    table.row({r.id, r.stack, r.workload.empty() ? r.metric : r.metric + " " + r.workload,
               r.statistic, load, fmt::format("{:.4g} {}", r.observed, r.unit),
               fmt::format("{:.4g} [{:.3g} .. {:.3g}]", r.model.value, r.model.low, r.model.high),
               fmt::format("{:+.0f}", 100 * (r.model.value / r.observed - 1)),
               fmt::format("{}", fmt::join(r.rests_on, " "))});
  }
  std::cout << table.print();
}

void print_laboratories(const Validation& v) {
  if (v.laboratories.empty()) return;
  TextTable spread({"laboratories differ in", "rows", "freedom", "sd of the logarithm"});
  for (const auto& [kind, b] : v.laboratories)
    spread.row({kind.empty() ? "all kinds"
                : b.pooled   ? kind + ", as all kinds"
                             : kind,
                std::to_string(b.rows.size()), std::to_string(b.freedom),
                fmt::format("{:.2f}", b.deviation)});
  std::cout << spread.print()
            << "how far papers differ that measured one quantity, clocks taken out "
               "(results/published/repeated.toml); it is in the\nintervals once, and in no range "
               "again\n";
  if (v.across.empty()) return;
  TextTable table({"held out across machines", "machine", "row", "calibrated on", "observed",
                   "predicted", "error %"});
  table.left(1);
  table.left(2);
  for (const Across& a : v.across)
    table.row({a.what, a.machine.substr(0, a.machine.find(',')), a.row,
               fmt::format("{} machines", a.machines), fmt::format("{:.4g} {}", a.observed, a.unit),
               fmt::format("{:.4g} [{:.3g} .. {:.3g}]", a.value, a.low, a.high),
               fmt::format("{:+.0f}", 100 * (a.value / a.observed - 1))});
  const Score s = score(v.across);
  std::cout << "\n" << table.print();
  std::cout << fmt::format(
      "{} held out, one machine at a time: median error {} %, {} % within 25 %, {} % inside their "
      "90 "
      "% intervals, median\nwidth {} %\n",
      s.n, percent(s.median_error), percent(s.within_25), percent(s.coverage), percent(s.width));
}

/// Beyond this an answer to a question about starts in parallel is a miss.
constexpr double kParallelMiss = 0.2;

std::string signed_percent(double value, double observed) {
  return fmt::format("{:+.0f}", 100 * (value / observed - 1));
}

void print_parallel_starts(const ParallelStarts& p) {
  std::cout << fmt::format(
      "\nstarts in parallel, held out: what starts share on {} was fitted to {} rows of {}; each "
      "row "
      "below is the same\nstack's row of one start times the model's growth, beside saying that "
      "nothing changes\n",
      p.machine, p.fitted_rows.size(), p.fitted_stack);
  TextTable table({"held out", "stack", "statistic", "starts", "alone", "observed", "model",
                   "error %", "unchanged %"});
  std::vector<std::string> misses;
  for (const ParallelStart& r : p.held_out) {
    table.row({r.row, r.stack, r.statistic, std::to_string(r.parallel),
               fmt::format("{:.0f} ms", r.alone), fmt::format("{:.0f} ms", r.observed),
               fmt::format("{:.0f} [{:.0f} .. {:.0f}]", r.value, r.low, r.high),
               signed_percent(r.value, r.observed), signed_percent(r.alone, r.observed)});
    if (r.error() > kParallelMiss) misses.push_back(r.row);
  }
  std::cout
      << table.print()
      << fmt::format(
             "mean error {:.1f} %, of saying that nothing changes {:.1f} %; more than {:.0f} "
             "% off: {}\n{} of {} in flight take {:.1f} times as long as one on {} cores, {:.1f} "
             "times on 4\n\n",
             100 * p.mean_error(), 100 * p.mean_error_if_unchanged(), 100 * kParallelMiss,
             misses.empty() ? "none" : fmt::format("{}", fmt::join(misses, ", ")), 100,
             p.fitted_stack, p.growth, p.cores, p.growth_on_four_cores);
}

void print_text(const Validation& v, const std::vector<ParallelStarts>& parallel,
                const Options& o) {
  const int expressed = size(v.held) + size(v.dropped);
  const MacroError macro = macro_error(v.held, o.sampling.seed);
  const Score all = score(v.held);
  std::cout << fmt::format(
      "development error: every published row was known while the models were written\n"
      "{} validation rows, {} about a metric that can be asked for; {} of those are expressed ({} "
      "%): {} predicted,\n{} dropped because their own experiment enters the answer\n\n",
      v.validation_rows, v.asked, expressed, percent(share(expressed, v.asked)), size(v.held),
      size(v.dropped));
  print_scores("table", by(v.held, table_of));
  std::cout << "\n";
  print_scores("metric", by(v.held, metric_of));
  std::cout << "\n";
  print_scores("", {{"all", v.held}});
  std::cout << fmt::format(
      "\nmacro-averaged over {} papers: {} % [{} .. {}] (bootstrap, whole papers drawn)\n",
      macro.papers, percent(macro.error), percent(macro.low), percent(macro.high));
  std::cout << fmt::format(
      "nearest published number instead: {} % over {} rows; bare Linux instead: {} % over {}\n\n",
      percent(all.nearest_error), all.n_nearest, percent(all.plain_error), all.n_plain);
  std::cout
      << "error: median of |model / observed - 1|. in 90 %: observations inside the intervals; "
         "width: of those over the value;\nscore: interval score over the observation. tau: "
         "Kendall's, of the stacks' order, mean over so many conditions.\nnearest (so many rows): "
         "the nearest published number of another experiment times the clocks' ratio; plain: the "
         "same\non bare Linux, every other layer costing nothing\n";
  std::cout << "\n";
  print_laboratories(v);
  for (const ParallelStarts& p : parallel) print_parallel_starts(p);
  if (!v.dropped.empty()) {
    std::cout << "\n";
    print_scores("dropped, not scored above", by(v.dropped, table_of));
  }
  if (o.rows) {
    std::cout << "\n";
    print_rows("predicted", v.held);
    std::cout << "\n";
    print_rows("dropped", v.dropped);
  }
  std::cout << "\n";
  TextTable table({"not expressed", "metric can be asked for", "why"});
  table.left(0);
  for (const NotExpressed& n : v.not_expressed)
    table.row({std::to_string(n.rows.size()), n.asked ? "yes" : "no", n.why});
  std::cout << table.print();
}

ordered_json or_null(double value, bool there) {
  return there ? ordered_json(value) : ordered_json();
}

ordered_json to_json(const Groups& groups) {
  ordered_json out = ordered_json::object();
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

ordered_json to_json(const std::vector<Held>& rows) {
  ordered_json out = ordered_json::array();
  for (const Held& r : rows)
    out.push_back({{"row", r.id},
                   {"table", r.table},
                   {"paper", r.paper},
                   {"stack", r.stack},
                   {"machine", r.machine},
                   {"workload", r.workload},
                   {"metric", r.metric},
                   {"statistic", r.statistic},
                   {"parallel", r.parallel},
                   {"size", r.size},
                   {"depth", r.depth},
                   {"unit", r.unit},
                   {"observed", r.observed},
                   {"value", r.model.value},
                   {"low", r.model.low},
                   {"high", r.model.high},
                   {"assumed_share", r.model.assumed_share},
                   {"nearest", or_null(r.nearest.value_or(0), r.nearest.has_value())},
                   {"nearest_row", r.nearest_row},
                   {"plain", or_null(r.plain.value_or(0), r.plain.has_value())},
                   {"rests_on", r.rests_on}});
  return out;
}

ordered_json to_json(const std::map<std::string, Between>& laboratories) {
  ordered_json out = ordered_json::object();
  for (const auto& [kind, b] : laboratories)
    out[kind.empty() ? "all" : kind] = {
        {"deviation", b.deviation}, {"freedom", b.freedom}, {"pooled", b.pooled}, {"rows", b.rows}};
  return out;
}

ordered_json to_json(const std::vector<Across>& across) {
  const Score s = score(across);
  ordered_json out = {{"n", s.n},
                      {"median_error", or_null(s.median_error, s.n > 0)},
                      {"within_25", s.within_25},
                      {"coverage", s.coverage},
                      {"width", or_null(s.width, s.n > 0)},
                      {"interval_score", s.interval_score}};
  out["rows"] = ordered_json::array();
  for (const Across& a : across)
    out["rows"].push_back({{"quantity", a.what},
                           {"row", a.row},
                           {"machine", a.machine},
                           {"calibrated_on", a.machines},
                           {"unit", a.unit},
                           {"observed", a.observed},
                           {"value", a.value},
                           {"low", a.low},
                           {"high", a.high}});
  return out;
}

ordered_json to_json(const ParallelStarts& p) {
  ordered_json rows = ordered_json::array();
  for (const ParallelStart& r : p.held_out)
    rows.push_back({{"row", r.row},
                    {"stack", r.stack},
                    {"statistic", r.statistic},
                    {"parallel", r.parallel},
                    {"alone_row", r.alone_row},
                    {"alone", r.alone},
                    {"observed", r.observed},
                    {"value", r.value},
                    {"low", r.low},
                    {"high", r.high}});
  return {{"machine", p.machine},
          {"fitted_stack", p.fitted_stack},
          {"fitted_rows", p.fitted_rows},
          {"mean_error", p.mean_error()},
          {"mean_error_if_unchanged", p.mean_error_if_unchanged()},
          {"growth", p.growth},
          {"growth_on_four_cores", p.growth_on_four_cores},
          {"rows", rows}};
}

ordered_json to_json(const Validation& v, const std::vector<ParallelStarts>& parallel,
                     const Options& o) {
  const MacroError macro = macro_error(v.held, o.sampling.seed);
  ordered_json out;
  out["error"] = "development error";
  out["validation_rows"] = v.validation_rows;
  out["asked"] = v.asked;
  out["predicted"] = v.held.size();
  out["dropped"] = v.dropped.size();
  out["all"] = to_json(Groups{{"all", v.held}})["all"];
  out["macro"] = {
      {"papers", macro.papers}, {"error", macro.error}, {"low", macro.low}, {"high", macro.high}};
  out["tables"] = to_json(by(v.held, table_of));
  out["metrics"] = to_json(by(v.held, metric_of));
  out["laboratories"] = to_json(v.laboratories);
  out["across_machines"] = to_json(v.across);
  out["dropped_tables"] = to_json(by(v.dropped, table_of));
  out["not_expressed"] = ordered_json::array();
  for (const NotExpressed& n : v.not_expressed)
    out["not_expressed"].push_back({{"why", n.why}, {"asked", n.asked}, {"rows", n.rows}});
  out["rows"] = to_json(v.held);
  out["dropped_rows"] = to_json(v.dropped);
  out["parallel_starts"] = ordered_json::array();
  for (const ParallelStarts& p : parallel) out["parallel_starts"].push_back(to_json(p));
  return out;
}

/// One page that needs no network, drawn by notebooks/validation.py.
void write_page(const ordered_json& page, const Options& o, const Home& home) {
  const std::filesystem::path beside = o.html + ".json";
  write_whole(beside, page.dump(1) + "\n");
  const ShellResult made =
      run_shell(fmt::format("{} {} {} {} 2>&1", shell_word(STRATA_PYTHON),
                            shell_word((home.path() / "notebooks" / "validation.py").string()),
                            shell_word(beside.string()), shell_word(o.html)));
  std::filesystem::remove(beside);
  if (!made.succeeded) throw std::runtime_error("the page was not written: " + made.output);
  std::cerr << made.output;
}

void answer(const Options& o, Home& home) {
  const Validation v = validate(home.catalog(), o.sampling);
  const auto parallel = parallel_starts(home.catalog(), o.sampling);
  if (!o.html.empty()) write_page(to_json(v, parallel, o), o, home);
  if (o.json)
    std::cout << to_json(v, parallel, o).dump(2) << "\n";
  else
    print_text(v, parallel, o);
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
  command->add_option("--html", o->html, "write a page, predicted against observed");
  command->callback([o, &home] { answer(*o, home); });
}

}  // namespace strata
