#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/base/issue.h"

namespace strata {

/// A CSV file (RFC 4180, through libcsv) with a header line.
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

}  // namespace strata
