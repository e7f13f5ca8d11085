#include "models/calibrate/validate_score.h"
#include "models/cli/validation.h"

namespace strata {
namespace {

using nlohmann::ordered_json;

ordered_json or_null(double value, bool there) {
  return there ? ordered_json(value) : ordered_json();
}

ordered_json to_json(const HeldGroups& groups) {
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

}  // namespace

ordered_json validation_json(const Validated& found) {
  const Validation& v = found.rows;
  const MacroError macro = macro_error(v.held, found.seed);
  ordered_json out;
  out["error"] = "development error";
  out["validation_rows"] = v.validation_rows;
  out["asked"] = v.asked;
  out["predicted"] = v.held.size();
  out["dropped"] = v.dropped.size();
  out["all"] = to_json(HeldGroups{{"all", v.held}})["all"];
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
  for (const ParallelStarts& p : found.parallel) out["parallel_starts"].push_back(to_json(p));
  return out;
}

}  // namespace strata
