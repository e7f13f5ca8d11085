#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "models/calibrate/fit_data.h"
#include "models/calibrate/overlay.h"
#include "models/cli/command.h"
#include "models/cli/results.h"
#include "models/cli/text_table.h"
#include "models/study/published.h"
#include "models/study/record.h"
#include "real-harness/measuring/summary.h"

namespace strata {
namespace {

struct Options {
  std::vector<std::string> records, published, rows, only, hold_out, metrics;
  double error = 0.05;
  std::string out;
  int jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool json = false;
};

bool among(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool wanted(const Options& o, const std::string& stack) {
  return (o.only.empty() || among(o.only, stack)) && !among(o.hold_out, stack);
}

void add_measured(SeenData& data, const Catalog& catalog, const Options& o,
                  const std::string& name) {
  std::filesystem::path file = name;
  if (std::filesystem::is_directory(file)) file /= "rows.csv";
  Issues issues;
  const auto records = read_records(file, file.string(), issues);
  if (!issues.empty()) throw WrongInput(issues);
  if (records.empty()) throw WrongInput(file.string() + ": holds no records");
  for (const MeasuredCell& cell : cells_of(records)) {
    if (!cell.median || !wanted(o, cell.stack)) continue;
    if (!o.metrics.empty() && !among(o.metrics, cell.metric)) continue;
    const double value = cell.median->median;
    // The bootstrap's 95 % interval, taken for a normal's.
    const double sigma = std::log(std::max(cell.median->high, value) /
                                  std::max(std::min(cell.median->low, value), 1e-12)) /
                         (2 * 1.96);
    add(data, catalog,
        MeasuredMedian{fmt::format("{}: {} {}, n = {}", file.string(), cell.stack, cell.metric,
                                   cell.median->samples),
                       cell.stack, records.front().machine, cell.accel, cell.clock, cell.metric,
                       value, sigma},
        o.error);
  }
}

std::vector<std::string> mapped_rows(const Catalog& catalog) {
  std::vector<std::string> out;
  for (const Comparison& c : catalog.published.comparisons) out.push_back(c.id);
  return out;
}

void add_rows(SeenData& data, const Catalog& catalog, const Options& o) {
  const auto tables = published_tables(catalog.published);
  for (const std::string& t : o.published)
    if (!among(tables, t))
      throw WrongInput(fmt::format("'{}' is no published table{}", t, suggest(t, tables, 60)));
  const auto mapped = mapped_rows(catalog);
  for (const std::string& id : o.rows)
    if (!among(mapped, id))
      throw WrongInput(fmt::format("'{}' is no row of results/published/mapping.toml{}", id,
                                   suggest(id, mapped, 5)));
  for (const Comparison& c : catalog.published.comparisons) {
    const PublishedRow& row = catalog.published.rows.at(c.id);
    const bool table = among(o.published, row.table) && wanted(o, c.stack);
    if (table && row.role != "calibration" && !among(o.rows, c.id))
      ++data.left_out["role " + row.role +
                      ", not calibration (name the row with --row to use it, and say so)"];
    else if (table || among(o.rows, c.id))
      add(data, catalog, c, o.error);
  }
}

void print_parameters(const Fit& found, const std::map<std::string, Sourced<Quantity>>& stated) {
  TextTable table({"number", "stated", "fitted [5 % .. 95 %]", "learned", "told most by"});
  int kept = 0;
  for (const Fitted& p : found.parameters) {
    if (p.learned < kIdentified) {
      ++kept;
      continue;
    }
    const Dimension d = stated.at(p.prior.id).value.dimension;
    table.row({p.prior.id, print(Quantity{p.prior.value, d}),
               fmt::format("{} [{} .. {}]", print(Quantity{p.value, d}), print(Quantity{p.low, d}),
                           print(Quantity{p.high, d})),
               fmt::format("{:.0f} %", 100 * p.learned),
               p.records.empty() ? "-" : p.records.front()});
  }
  std::cout << table.print();
  if (kept > 0) {
    std::cout << fmt::format("\nnot identified, kept as stated: {}\n", kept);
    for (const Fitted& p : found.parameters)
      if (p.learned < kIdentified)
        std::cout << fmt::format("  {} ({:.0f} % learned)\n", p.prior.id,
                                 100 * std::max(0.0, p.learned));
  }
}

void print_residuals(const Fit& found) {
  std::cout << "\n";
  TextTable table({"record", "seen", "predicted", "error", "sigmas"});
  for (const Residual& r : found.residuals)
    table.row({r.observation.id, fmt::format("{:.4g}", r.observation.value),
               fmt::format("{:.4g}", r.predicted),
               fmt::format("{:+.1f} %", 100 * (r.predicted / r.observation.value - 1)),
               fmt::format("{:+.1f}", r.sigmas)});
  std::cout << table.print();
}

void print_held_out(const SeenData& held, const Eigen::MatrixXd& predicted) {
  std::cout << "\nheld out, predicted with the fitted numbers\n";
  TextTable table({"record", "seen", "predicted", "error"});
  for (std::size_t i = 0; i < held.seen.size(); ++i) {
    const Observation& o = held.seen[i].observation;
    const double p = predicted(static_cast<Eigen::Index>(i), 0);
    table.row({o.id, fmt::format("{:.4g}", o.value), fmt::format("{:.4g}", p),
               fmt::format("{:+.1f} %", 100 * (p / o.value - 1))});
  }
  std::cout << table.print();
}

nlohmann::ordered_json json_of(const Fit& found, const SeenData& data) {
  nlohmann::ordered_json out;
  for (const Fitted& p : found.parameters)
    out["parameters"].push_back({{"id", p.prior.id},
                                 {"stated", p.prior.value},
                                 {"value", p.value},
                                 {"low", p.low},
                                 {"high", p.high},
                                 {"learned", p.learned},
                                 {"pull", p.pull},
                                 {"identified", p.learned >= kIdentified},
                                 {"records", p.records}});
  for (const Residual& r : found.residuals)
    out["residuals"].push_back({{"record", r.observation.id},
                                {"seen", r.observation.value},
                                {"predicted", r.predicted},
                                {"sigmas", r.sigmas},
                                {"weight", r.weight}});
  out["left_out"] = data.left_out;
  out["contradictions"] = contradictions(found);
  return out;
}

/// What --hold-out names, predicted; the same selection otherwise.
SeenData held_out(const Options& o, const Catalog& catalog) {
  SeenData held;
  if (o.hold_out.empty()) return held;
  Options other = o;
  other.only = o.hold_out;
  other.hold_out.clear();
  other.rows.clear();
  for (const Comparison& c : catalog.published.comparisons)
    if (among(o.hold_out, c.id)) add(held, catalog, c, o.error);
  for (const std::string& name : o.records) add_measured(held, catalog, other, name);
  add_rows(held, catalog, other);
  return held;
}

void calibrate(const Options& o, Home& home, const std::string& command) {
  const Catalog& catalog = home.catalog();
  for (const auto* list : {&o.only, &o.hold_out})
    for (const std::string& name : *list)
      if (!catalog.stacks.contains(name) &&
          !(list == &o.hold_out && among(mapped_rows(catalog), name)))
        throw WrongInput(
            fmt::format("'{}' is no stack{}", name, suggest(name, ids(catalog.stacks), 60)));
  SeenData data;
  for (const std::string& name : o.records) add_measured(data, catalog, o, name);
  add_rows(data, catalog, o);
  if (data.seen.empty()) {
    std::string why = "no record to fit to";
    for (const auto& [reason, count] : data.left_out) why += fmt::format("; {}: {}", reason, count);
    throw WrongInput(why + "; name folders of results/measured/, --published TABLE or --row ID");
  }
  int idle = 0;
  const auto priors = priors_of(data, catalog, o.jobs, idle);
  std::vector<Observation> observations;
  for (const Seen& s : data.seen) observations.push_back(s.observation);
  const Fit found = fit(priors, observations, predictor(data, catalog, priors, o.jobs),
                        is_simulated(data) ? kSimulated : Effort{});
  const auto stated = numbers_of(data);
  if (!o.out.empty()) write_whole(o.out, overlay_text(found, stated, command));

  const SeenData held = held_out(o, catalog);
  Eigen::MatrixXd fitted(static_cast<Eigen::Index>(priors.size()), 1);
  for (std::size_t j = 0; j < priors.size(); ++j)
    fitted(static_cast<Eigen::Index>(j), 0) = found.parameters[j].value;
  const Eigen::MatrixXd predicted = predictor(held, catalog, priors, o.jobs)(fitted);
  if (o.json) {
    auto out = json_of(found, data);
    for (std::size_t i = 0; i < held.seen.size(); ++i)
      out["held_out"].push_back({{"record", held.seen[i].observation.id},
                                 {"seen", held.seen[i].observation.value},
                                 {"predicted", predicted(static_cast<Eigen::Index>(i), 0)}});
    std::cout << out.dump(2) << "\n";
    return;
  }
  std::cout << fmt::format(
      "{} records, {} numbers they may depend on ({} others stay as stated){}\n\n",
      data.seen.size(), priors.size(), idle,
      found.linear ? "; predictions are linear: started by non-negative least squares" : "");
  print_parameters(found, stated);
  print_residuals(found);
  if (!held.seen.empty()) print_held_out(held, predicted);
  std::cout << "\n";
  const auto against = contradictions(found);
  for (const std::string& line : against) std::cout << line << "\n";
  if (against.empty())
    std::cout
        << "no stated range and no record is contradicted by more than 3 standard deviations\n";
  for (const auto& [reason, count] : data.left_out)
    std::cout << fmt::format("left out: {}: {}\n", reason, count);
  if (!o.out.empty())
    std::cout << fmt::format("\n{} written; next: strata --overlay {} run SCENARIO\n", o.out,
                             o.out);
}

}  // namespace

void add_calibrate(CLI::App& app, Home& home) {
  auto* command = app.add_subcommand(
      "calibrate", "fit the layers' numbers to records, one value a layer in every stack");
  auto o = std::make_shared<Options>();
  command->add_option("RECORDS", o->records,
                      "measured sets: a folder of results/measured/, or its rows.csv");
  command->add_option("--published", o->published,
                      "tables of results/published/: their rows of role calibration");
  command->add_option("--row", o->rows,
                      "published rows by id, whatever their role: what is then predicted of the "
                      "same experiment is no prediction");
  command->add_option("--only", o->only, "stacks whose records to use");
  command->add_option("--hold-out", o->hold_out,
                      "stacks whose records to leave out and to predict with the fitted numbers, "
                      "or published rows to predict so");
  command->add_option("--metric", o->metrics, "of the measured sets, use these metrics only")
      ->check(CLI::IsMember(fitted_metrics()));
  command
      ->add_option("--error", o->error,
                   "the model's own error, as a standard deviation of the logarithm")
      ->check(CLI::Range(0.001, 10.0))
      ->capture_default_str();
  command->add_option("--out", o->out, "overlay file to write");
  command->add_option("--jobs", o->jobs, "simulations at a time; the result does not depend on it")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--json", o->json, "for programs");
  command->callback([o, &home] {
    std::string words = "strata calibrate";
    for (const std::string& r : o->records) words += " " + r;
    for (const std::string& t : o->published) words += " --published " + t;
    for (const std::string& r : o->rows) words += " --row " + r;
    for (const std::string& m : o->metrics) words += " --metric " + m;
    for (const std::string& s : o->only) words += " --only " + s;
    for (const std::string& s : o->hold_out) words += " --hold-out " + s;
    calibrate(*o, home, words + fmt::format(" --error {}", o->error));
  });
}

}  // namespace strata
