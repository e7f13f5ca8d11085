#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <iostream>

#include "models/calibrate/validate_score.h"
#include "models/cli/text_table.h"
#include "models/cli/validation.h"

namespace strata {
namespace {

double share(int part, int of) { return of > 0 ? static_cast<double>(part) / of : 0; }
int size(const std::vector<Held>& rows) { return static_cast<int>(rows.size()); }

std::string percent(double part) {
  return std::isfinite(part) ? fmt::format("{:.0f}", 100 * part) : "-";
}

void print_scores(const std::string& title, const HeldGroups& groups) {
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
             "times on {}\n\n",
             100 * p.mean_error(), 100 * p.mean_error_if_unchanged(), 100 * kParallelMiss,
             misses.empty() ? "none" : fmt::format("{}", fmt::join(misses, ", ")), kManyStarts,
             p.fitted_stack, p.growth, p.cores, p.growth_on_four_cores, kFewCores);
}

}  // namespace

HeldGroups by(const std::vector<Held>& rows, const std::function<std::string(const Held&)>& key) {
  HeldGroups groups;
  for (const Held& row : rows) groups[key(row)].push_back(row);
  return groups;
}
std::string table_of(const Held& row) { return row.table; }
std::string metric_of(const Held& row) {
  return row.scored_with.empty() ? row.metric : row.metric + " " + row.scored_with;
}

void print_validation(const Validated& found, bool every_row) {
  const Validation& v = found.rows;
  const int expressed = size(v.held) + size(v.dropped);
  const MacroError macro = macro_error(v.held, found.seed);
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
  for (const ParallelStarts& p : found.parallel) print_parallel_starts(p);
  if (!v.dropped.empty()) {
    std::cout << "\n";
    print_scores("dropped, not scored above", by(v.dropped, table_of));
  }
  if (every_row) {
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

}  // namespace strata
