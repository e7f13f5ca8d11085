#include "models/study/csv.h"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "models/base/issue.h"

namespace strata {
namespace {

struct Parsing {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
};

void on_field(void* data, size_t length, void* parsing) {
  static_cast<Parsing*>(parsing)->row.emplace_back(static_cast<const char*>(data), length);
}

void on_row(int, void* parsing) {
  auto& p = *static_cast<Parsing*>(parsing);
  p.rows.push_back(std::move(p.row));
  p.row.clear();
}

}  // namespace

int CsvTable::column(const std::string& name) const {
  const auto it = std::find(header.begin(), header.end(), name);
  return it == header.end() ? -1 : static_cast<int>(it - header.begin());
}

CsvTable read_csv(const std::filesystem::path& file, const std::string& shown,
                  const std::vector<std::string>& needed, Issues& issues) {
  CsvTable table;
  table.file = shown;
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file)) {
    issues.push_back({{shown}, "", "cannot be read"});
    return table;
  }
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  Parsing parsing;
  csv_parser parser;
  csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
  const size_t done = csv_parse(&parser, text.data(), text.size(), on_field, on_row, &parsing);
  const bool complete = done == text.size() && csv_fini(&parser, on_field, on_row, &parsing) == 0;
  const int status = csv_error(&parser);
  csv_free(&parser);

  const std::size_t before = issues.size();
  const int line = static_cast<int>(parsing.rows.size()) + 1;
  if (!complete) issues.push_back({{shown, line, 1}, "", csv_strerror(status)});
  if (parsing.rows.empty()) {
    issues.push_back({{shown}, "", "is empty: it needs a header line"});
    return table;
  }
  table.header = std::move(parsing.rows.front());
  for (std::size_t i = 1; i < parsing.rows.size(); ++i) {
    if (parsing.rows[i].size() != table.header.size())
      issues.push_back({{shown, static_cast<int>(i) + 1, 1},
                        "",
                        fmt::format("has {} fields, the header has {}", parsing.rows[i].size(),
                                    table.header.size())});
    table.rows.push_back(std::move(parsing.rows[i]));
  }
  for (const std::string& name : needed)
    if (table.column(name) < 0)
      issues.push_back(
          {{shown, 1, 1}, name, "is missing among the columns" + suggest(name, table.header)});
  if (issues.size() != before) table.rows.clear();
  return table;
}

}  // namespace strata
