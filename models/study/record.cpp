#include "models/study/record.h"

#include <fmt/format.h>

#include <cmath>
#include <ostream>

namespace strata {

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
  out << "scenario,stack,workload,machine,era,accel,clock,parallel,burst,instances,trial,seed,"
         "metric,statistic,value,unit,origin,source,outcome\n";
  for (const Record& r : records) {
    const std::string value = std::isfinite(r.value) ? fmt::format("{}", r.value) : "";
    out << fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                       csv_field(r.scenario), csv_field(r.stack), csv_field(r.workload),
                       csv_field(r.machine), r.era, r.accel, r.clock, r.parallel, r.burst,
                       r.instances, r.trial, r.seed, r.metric, r.statistic, value, r.unit, r.origin,
                       csv_field(r.source), csv_field(r.outcome));
  }
}

}  // namespace strata
