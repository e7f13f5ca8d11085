#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "models/base/issue.h"

namespace strata {

/// A CSV file (RFC 4180, through libcsv) with a header line; plain or compressed by gzip.
struct CsvTable {
  std::string file;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< each as long as the header

  /// Index of a column, or -1.
  int column(const std::string& name) const;
};

/// Reads a file; what is wrong (unreadable, no header, a row of another length, a column of
/// `needed` missing) becomes issues, and then the table is empty.
CsvTable read_csv(const std::filesystem::path& file, const std::string& shown,
                  const std::vector<std::string>& needed, Issues& issues);

/// One row of a file read row by row: `table` holds the header and no rows.
using OnCsvRow =
    std::function<void(const CsvTable& table, int line, std::vector<std::string>& fields)>;

/// The same, one row at a time, for files larger than memory should be. Rows of another length are
/// issues and not handed out; nothing is when the header is wrong. Returns the header.
CsvTable each_csv_row(const std::filesystem::path& file, const std::string& shown,
                      const std::vector<std::string>& needed, Issues& issues, const OnCsvRow& take,
                      char separator = ',');

/// The fields of a row by name; a column that is not there is a mistake of the caller, who asked
/// for it in `needed`.
struct CsvRow {
  const CsvTable& table;
  int line;
  const std::vector<std::string>& fields;
  Issues& issues;

  const std::string& text(const std::string& column) const;
  /// A finite number from 0 on; an issue and 0 when it is none.
  double amount(const std::string& column) const;
};

}  // namespace strata
