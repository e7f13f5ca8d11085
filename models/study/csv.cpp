#include "models/study/csv.h"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "models/study/trace_files.h"

namespace strata {
namespace {

/// libcsv calls back for each field and each row; this makes rows of them.
struct Parsing {
  CsvTable& table;
  const std::vector<std::string>& needed;
  Issues& issues;
  const OnCsvRow& take;
  std::vector<std::string> row = {};
  std::size_t fields = 0;  ///< of the row so far; its strings are used again
  int rows = 0;            ///< the header is one
  bool usable = true;

  void field(const char* text, std::size_t length) {
    if (fields == row.size()) row.emplace_back();
    row[fields++].assign(text, length);
  }

  void end_row() {
    row.resize(fields);
    fields = 0;
    ++rows;
    if (rows == 1) {
      table.header = row;
      for (const std::string& name : needed) {
        if (table.column(name) >= 0) continue;
        usable = false;
        issues.push_back({{table.file, 1, 1},
                          name,
                          "is missing among the columns" + suggest(name, table.header)});
      }
    } else if (row.size() != table.header.size()) {
      issues.push_back({{table.file, rows, 1},
                        "",
                        fmt::format("has {} fields, the header has {}", row.size(),
                                    table.header.size())});
    } else if (usable) {
      take(table, rows, row);
    }
  }
};

void on_field(void* data, size_t length, void* parsing) {
  static_cast<Parsing*>(parsing)->field(static_cast<const char*>(data), length);
}

void on_row(int, void* parsing) { static_cast<Parsing*>(parsing)->end_row(); }

}  // namespace

int CsvTable::column(const std::string& name) const {
  const auto it = std::find(header.begin(), header.end(), name);
  return it == header.end() ? -1 : static_cast<int>(it - header.begin());
}

const std::string& CsvRow::text(const std::string& column) const {
  return fields.at(static_cast<std::size_t>(table.column(column)));
}

double CsvRow::amount(const std::string& column) const {
  const auto value = number<double>(text(column));
  if (value && *value >= 0 && std::isfinite(*value)) return *value;
  issues.push_back({{table.file, line, 1},
                    column,
                    fmt::format("'{}' is no number from 0 on", text(column))});
  return 0;
}

CsvTable each_csv_row(const std::filesystem::path& file, const std::string& shown,
                  const std::vector<std::string>& needed, Issues& issues, const OnCsvRow& take,
                  char separator) {
  CsvTable table;
  table.file = shown;
  const std::size_t before = issues.size();
  FileBytes bytes(file, shown, issues);
  if (issues.size() != before) return table;
  Parsing parsing{table, needed, issues, take};
  csv_parser parser;
  csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
  csv_set_delim(&parser, static_cast<unsigned char>(separator));
  std::array<char, 1 << 16> piece;
  bool well_formed = true;
  while (const std::size_t got = well_formed ? bytes.read(piece.data(), piece.size(), issues) : 0)
    well_formed = csv_parse(&parser, piece.data(), got, on_field, on_row, &parsing) == got;
  well_formed = well_formed && csv_fini(&parser, on_field, on_row, &parsing) == 0;
  const int status = csv_error(&parser);
  csv_free(&parser);
  if (!well_formed) issues.push_back({{shown, parsing.rows + 1, 1}, "", csv_strerror(status)});
  if (parsing.rows == 0 && issues.size() == before)
    issues.push_back({{shown}, "", "is empty: it needs a header line"});
  return table;
}

CsvTable read_csv(const std::filesystem::path& file, const std::string& shown,
                  const std::vector<std::string>& needed, Issues& issues) {
  const std::size_t before = issues.size();
  std::vector<std::vector<std::string>> rows;
  CsvTable out = each_csv_row(file, shown, needed, issues,
                              [&rows](const CsvTable&, int, std::vector<std::string>& fields) {
                                rows.push_back(fields);
                              });
  if (issues.size() == before) out.rows = std::move(rows);
  return out;
}

}  // namespace strata
