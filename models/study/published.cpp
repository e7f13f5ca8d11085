#include "models/study/published.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "models/base/units.h"
#include "models/study/csv.h"
#include "models/study/reader.h"

namespace strata {
namespace {

void read_table(const std::filesystem::path& file, const std::string& shown, Published& published,
                Issues& issues) {
  const std::vector<std::string> columns = {"id",     "stack", "vmm",  "hardware",  "workload",
                                            "metric", "value", "unit", "statistic", "source",
                                            "where",  "table", "role"};
  const CsvTable csv = read_csv(file, shown, columns, issues);
  for (std::size_t i = 0; i < csv.rows.size(); ++i) {
    const auto at = [&](const char* column) {
      return csv.rows[i][static_cast<std::size_t>(csv.column(column))];
    };
    PublishedRow row{at("id"),
                     at("table"),
                     at("role"),
                     at("stack"),
                     at("vmm"),
                     at("hardware"),
                     at("workload"),
                     at("metric"),
                     at("statistic"),
                     at("unit"),
                     at("source"),
                     at("where"),
                     "",
                     0,
                     at("id").substr(0, at("id").rfind('-'))};
    if (csv.column("confidence") >= 0) row.confidence = at("confidence");
    const std::string value = at("value");
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), row.value);
    // A range such as 8-15 is kept for its words; it can be cited, never compared.
    if (error != std::errc{} || end != value.data() + value.size())
      row.value = std::numeric_limits<double>::quiet_NaN();
    if (!published.rows.emplace(row.id, row).second)
      issues.push_back(
          {{shown, static_cast<int>(i) + 2, 1}, "id", fmt::format("'{}' stands twice", row.id)});
  }
}

void read_mapping(const Node& file, Published& published, Issues& issues) {
  Reader reader(file, issues);
  const Node* rows = reader.find("row");
  if (!rows || !rows->list()) return;
  for (const Node& node : *rows->list()) {
    Reader row(node, issues);
    Comparison c;
    c.id = row.text("id");
    c.stack = row.text("stack");
    c.machine = row.text("machine");
    c.workload = row.optional_text("workload").value_or("");
    c.metric = row.text("metric");
    c.statistic = row.text("statistic");
    c.parallel = static_cast<int>(row.optional_whole("parallel", 0).value_or(0));
    if (const auto size = row.optional_text("size")) {
      const auto bytes = parse_quantity(*size);
      if (bytes && bytes->dimension == Dimension::bytes && bytes->value > 0)
        c.size = bytes->value;
      else
        row.issue("size", fmt::format("'{}' must be a size such as 4 KiB", *size));
    }
    c.depth = static_cast<int>(row.optional_whole("depth", 1).value_or(0));
    if (!published.rows.contains(c.id))
      row.issue("id", fmt::format("'{}' is no published row", c.id));
    published.comparisons.push_back(std::move(c));
  }
}

void read_not_expressed(const Node& file, Published& published, Issues& issues) {
  Reader reader(file, issues);
  const Node* reasons = reader.find("reason");
  if (!reasons || !reasons->list()) return;
  for (const Node& node : *reasons->list()) {
    Reader reason(node, issues);
    const NotMapped why{reason.text("why"), reason.optional_flag("asked").value_or(false)};
    for (const std::string& id : reason.texts("rows")) {
      if (!published.rows.contains(id))
        reason.issue("rows", fmt::format("'{}' is no published row", id));
      if (!published.not_expressed.emplace(id, why).second)
        reason.issue("rows", fmt::format("'{}' has two reasons", id));
    }
  }
}

/// Sources that went on with another's experiment: no two papers, whoever counts papers.
void read_continued(const Node& file, Published& published, Issues& issues) {
  Reader reader(file, issues);
  for (const std::string& paper : reader.keys()) {
    Reader entry(*reader.find(paper), issues);
    const std::string first = entry.text("continues");
    entry.text("why");
    int found = 0, known = 0;
    for (auto& [id, row] : published.rows) {
      known += row.paper == first;
      if (id.substr(0, id.rfind('-')) != paper) continue;
      row.paper = first;
      ++found;
    }
    if (found == 0) entry.issue_at(entry.node(), fmt::format("'{}' has no published row", paper));
    if (known == 0) entry.issue("continues", fmt::format("'{}' has no published row", first));
  }
}

/// A row of a repeated quantity: known, a number of the kind, and no row that we predict.
void check_repeated(const Repeated& quantity, const Repeated::Row& row, const Published& published,
                    Reader& reader) {
  const auto found = published.rows.find(row.id);
  if (found == published.rows.end())
    return reader.issue("id", fmt::format("'{}' is no published row", row.id));
  if (found->second.role == "validation")
    reader.issue("id", fmt::format("'{}' has the role validation: how far laboratories differ may "
                                   "not be learnt from rows we predict",
                                   row.id));
  if (!(comparable(row, found->second) > 0))
    reader.issue("id", fmt::format("'{}' is no {} above zero", row.id,
                                   quantity.kind == "size" ? "size" : "time or count of cycles"));
}

void read_repeated(const Node& file, Published& published, Issues& issues) {
  Reader reader(file, issues);
  const Node* list = reader.find("quantity");
  if (!list || !list->list()) return;
  for (const Node& node : *list->list()) {
    Reader each(node, issues);
    Repeated quantity;
    quantity.what = each.text("what");
    quantity.kind = each.one_of("kind", repeated_kinds()).value_or("");
    const Node* rows = each.find("rows");
    std::set<std::string> papers;
    if (rows && rows->list())
      for (const Node& item : *rows->list()) {
        Reader one(item, issues);
        Repeated::Row row;
        row.id = one.text("id");
        if (const auto clock = one.optional_text("clock")) {
          const auto hz = parse_quantity(*clock);
          if (hz && hz->dimension == Dimension::frequency && hz->value > 0)
            row.clock = hz->value;
          else
            one.issue("clock", fmt::format("'{}' must be a frequency such as 2.5 GHz", *clock));
        }
        check_repeated(quantity, row, published, one);
        const auto known = published.rows.find(row.id);
        if (known != published.rows.end() && !papers.insert(known->second.paper).second)
          one.issue("id",
                    fmt::format("'{}' is a second row of one paper: what it repeats itself is "
                                "no other laboratory",
                                row.id));
        quantity.rows.push_back(row);
      }
    if (quantity.rows.size() < 2) each.issue("rows", "must be two or more rows");
    published.repeated.push_back(std::move(quantity));
  }
}

}  // namespace

const std::vector<std::string>& repeated_kinds() {
  static const std::vector<std::string> kKinds = {"boot", "operation", "size"};
  return kKinds;
}

double comparable(const Repeated::Row& row, const PublishedRow& published) {
  if (published.unit == "cycles") return published.value;
  const double bytes = in_unit(published, "B");
  if (std::isfinite(bytes)) return bytes;
  return in_unit(published, "ns") * (row.clock > 0 ? row.clock / 1e9 : 1);
}

Published read_published(const std::filesystem::path& folder, const std::string& shown,
                         Issues& issues) {
  Published published;
  std::vector<std::filesystem::path> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none))
    if (entry.path().extension() == ".csv") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files)
    read_table(file, shown + "/" + file.filename().string(), published, issues);

  const auto tree = [&](const std::string& name) {
    return std::filesystem::exists(folder / name)
               ? read_toml(folder / name, shown + "/" + name, issues)
               : std::nullopt;
  };
  if (const auto file = tree("sources.toml")) {
    Reader reader(*file, issues);
    for (const std::string& key : reader.keys()) {
      Reader source(*reader.find(key), issues);
      const std::string title = source.text("title");
      published.sources[key] = fmt::format("{} ({})", title, source.whole("year", 1960));
      source.text("where");
    }
  }
  if (const auto file = tree("continued.toml")) read_continued(*file, published, issues);
  if (const auto file = tree("repeated.toml")) read_repeated(*file, published, issues);
  if (const auto file = tree("mapping.toml")) read_mapping(*file, published, issues);
  if (const auto file = tree("not_expressed.toml")) read_not_expressed(*file, published, issues);
  return published;
}

std::vector<std::string> published_tables(const Published& published) {
  std::set<std::string> tables;
  for (const auto& row : published.rows)
    if (!row.second.table.empty()) tables.insert(row.second.table);
  return {tables.begin(), tables.end()};
}

double in_unit(const PublishedRow& row, const std::string& unit) {
  // Papers' own words for units we write otherwise.
  static const std::map<std::string, std::string> kWords = {
      {"KB", "KiB"},     {"KB/s", "KiB/s"}, {"req/s", "/s"},    {"kreq/s", "k/s"},
      {"Mreq/s", "M/s"}, {"bytes", "B"},    {"Gbps", "Gbit/s"}, {"IOPS", "/s"},
      {"Mpps", "M/s"},   {"ratio", ""},     {"instances", ""}};
  const auto word = kWords.find(row.unit);
  const std::string in = word == kWords.end() ? row.unit : word->second;
  const auto found = parse_quantity(in.empty() ? fmt::format("{}", row.value)
                                               : fmt::format("{} {}", row.value, in));
  const auto wanted = unit.empty() ? std::nullopt : parse_quantity(unit == "1" ? "1" : "1 " + unit);
  if (!found || !wanted || found->dimension != wanted->dimension)
    return std::numeric_limits<double>::quiet_NaN();
  return found->value / wanted->value;
}

}  // namespace strata
