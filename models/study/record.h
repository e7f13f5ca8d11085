#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "models/base/issue.h"

namespace strata {

/// One row of results: one number with all its dimensions. Simulated, measured and published rows
/// differ in `origin` only, so that they can stand in one table. The columns are described in
/// results/README.md.
struct Record {
  std::string scenario;
  std::string stack;
  std::string workload;
  std::string machine;
  int era = 0;
  std::string accel;
  std::string clock = "wall";  ///< wall or icount
  int parallel = 0;
  int burst = 0;
  int instances = 0;
  int trial = 0;  ///< 0: every parameter at its stated value; above: drawn from its range
  std::uint64_t seed = 0;
  std::string metric;
  std::string statistic;  ///< median, p99, mean, value, ...
  double value = 0;
  std::string unit;
  std::string origin = "simulated";  ///< simulated, measured or published
  std::string source;                ///< published: the row's id
  std::string outcome = "ok";        ///< or why there is no value
};

/// The header line and one line a record, comma-separated (RFC 4180). Numbers are printed with the
/// fewest digits that read back as the same double.
void write_csv(std::ostream& out, const std::vector<Record>& records);

/// Reads back what write_csv wrote; what is wrong becomes issues, named by `shown`, and then there
/// are no records.
std::vector<Record> read_records(const std::filesystem::path& file, const std::string& shown,
                                 Issues& issues);

/// One text as a CSV field, quoted when it must be.
std::string csv_field(const std::string& text);

}  // namespace strata
