#include "models/study/record.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <ostream>

#include "models/study/csv.h"

namespace strata {
namespace {

const std::vector<std::string> kColumns = {
    "scenario", "stack", "workload",  "machine", "era",    "accel",  "clock",
    "parallel", "burst", "instances", "trial",   "seed",   "metric", "statistic",
    "value",    "unit",  "origin",    "source",  "outcome"};

/// One line of the table, field by field in any order.
class Line {
 public:
  Line(const CsvTable& table, std::size_t row, Issues& issues)
      : table_(table), row_(row), issues_(issues) {}

  std::string text(const char* column) const {
    return table_.rows[row_][static_cast<std::size_t>(table_.column(column))];
  }
  template <class T>
  T number(const char* column) const {
    const std::string field = text(column);
    T value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size())
      issues_.push_back({{table_.file, static_cast<int>(row_) + 2, 1},
                         column,
                         fmt::format("'{}' is no number of its kind", field)});
    return value;
  }

 private:
  const CsvTable& table_;
  std::size_t row_;
  Issues& issues_;
};

}  // namespace

std::string csv_field(const std::string& text) {
  // Readers differ about spaces at the ends of a field, unless it is quoted.
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  const bool padded = !text.empty() && (blank(text.front()) || blank(text.back()));
  if (!padded && text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

void write_csv(std::ostream& out, const std::vector<Record>& records) {
  out << fmt::format("{}\n", fmt::join(kColumns, ","));
  for (const Record& r : records) {
    const std::string value = std::isfinite(r.value) ? fmt::format("{}", r.value) : "";
    out << fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                       csv_field(r.scenario), csv_field(r.stack), csv_field(r.workload),
                       csv_field(r.machine), r.era, r.accel, r.clock, r.parallel, r.burst,
                       r.instances, r.trial, r.seed, r.metric, r.statistic, value, r.unit, r.origin,
                       csv_field(r.source), csv_field(r.outcome));
  }
}

std::vector<Record> read_records(const std::filesystem::path& file, const std::string& shown,
                                 Issues& issues) {
  const std::size_t before = issues.size();
  const CsvTable table = read_csv(file, shown, kColumns, issues);
  std::vector<Record> records;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const Line line(table, i, issues);
    Record r;
    r.scenario = line.text("scenario");
    r.stack = line.text("stack");
    r.workload = line.text("workload");
    r.machine = line.text("machine");
    r.era = line.number<int>("era");
    r.accel = line.text("accel");
    r.clock = line.text("clock");
    r.parallel = line.number<int>("parallel");
    r.burst = line.number<int>("burst");
    r.instances = line.number<int>("instances");
    r.trial = line.number<int>("trial");
    r.seed = line.number<std::uint64_t>("seed");
    r.metric = line.text("metric");
    r.statistic = line.text("statistic");
    r.value = line.text("value").empty() ? std::numeric_limits<double>::quiet_NaN()
                                         : line.number<double>("value");
    r.unit = line.text("unit");
    r.origin = line.text("origin");
    r.source = line.text("source");
    r.outcome = line.text("outcome");
    records.push_back(std::move(r));
  }
  if (issues.size() != before) records.clear();
  return records;
}

}  // namespace strata
