#include "models/cli/measured.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "models/cli/results.h"
#include "models/cli/text_table.h"

namespace strata {
namespace {

using Json = nlohmann::ordered_json;

std::string interval(double low, double high) {
  return compact(low, 3) + " to " + compact(high, 3);
}

/// A table whose lines stand in groups, each below the name of its metric.
class Grouped {
 public:
  explicit Grouped(std::vector<std::string> header) : table_(std::move(header)) {}

  void row(const std::string& metric, std::vector<std::string> cells) {
    heads_.push_back(metric == metric_ ? "" : metric);
    metric_ = metric;
    cells.front() = "  " + cells.front();
    table_.row(std::move(cells));
  }
  std::string print() const {
    if (heads_.empty()) return "";
    std::istringstream lines(table_.print());
    std::string line, text;
    std::getline(lines, line);
    text = line + "\n";
    for (std::size_t i = 0; std::getline(lines, line); ++i)
      text += (heads_[i].empty() ? "" : heads_[i] + "\n") + line + "\n";
    return text;
  }

 private:
  TextTable table_;
  std::string metric_;
  std::vector<std::string> heads_;  // of each line; empty: the one before
};

std::string heading(const MeasuredCell& cell) {
  return fmt::format("{} ({})", cell.metric, cell.unit);
}

std::string medians(const Recorded& found, const std::vector<MeasuredCell>& cells) {
  Grouped table({"", "median", "95 % interval", "p10", "p99", "n", "ended by"});
  for (const MeasuredCell& cell : cells) {
    const bool any = std::any_of(cells.begin(), cells.end(), [&](const MeasuredCell& other) {
      return other.metric == cell.metric && (other.median || other.failed == 0);
    });
    if (!any) continue;  // below, what failed is named in fewer lines
    std::vector<std::string> row = {cell.stack};
    if (cell.median)
      row.insert(row.end(),
                 {compact(cell.median->median, 3), interval(cell.median->low, cell.median->high),
                  compact(cell.median->p10, 3), compact(cell.median->p99, 3)});
    else
      row.insert(row.end(), {"-", "-", "-", "-"});
    std::string ended = stopped_of(found, cell.stack, cell.metric);
    if (cell.disturbed) ended += ", disturbed";
    if (cell.mixture.found) ended += ", mixture";
    row.insert(row.end(), {std::to_string(cell.values.size()), ended});
    table.row(heading(cell), std::move(row));
  }
  return table.print();
}

std::string ratios(const std::vector<MeasuredCell>& cells, const std::string& baseline) {
  Grouped table({"against " + baseline, "ratio", "95 % interval", "p", ""});
  for (const Compared& c : compare(cells, baseline)) {
    if (!c.comparable)
      table.row(c.metric, {c.stack, "not comparable"});
    else if (c.ratio)
      table.row(c.metric,
                {c.stack, compact(c.ratio->ratio, 3), interval(c.ratio->low, c.ratio->high),
                 c.ratio->p < 0.001 ? "<0.001" : fmt::format("{:.3f}", c.ratio->p),
                 c.disturbed ? "disturbed" : ""});
  }
  const std::string text = table.print();
  return text.empty() ? "" : "\n" + text;
}

std::string mixtures(const std::vector<MeasuredCell>& cells) {
  std::string text;
  for (const MeasuredCell& cell : cells)
    if (cell.mixture.found)
      text += fmt::format("mixture: {} {}: {:.0f} % around {}, the rest around {} {}\n", cell.stack,
                          cell.metric, 100 * cell.mixture.share, compact(cell.mixture.low, 3),
                          compact(cell.mixture.high, 3), cell.unit);
  return text;
}

/// One line for what failed alike: a life that fails takes all its metrics with it.
std::string failures(const std::vector<MeasuredCell>& cells) {
  struct Failure {
    const MeasuredCell* first;
    int metrics;
  };
  std::vector<Failure> all;
  for (const MeasuredCell& cell : cells) {
    if (cell.failed == 0) continue;
    const auto known = std::find_if(all.begin(), all.end(), [&](const Failure& f) {
      return f.first->stack == cell.stack && f.first->failure == cell.failure &&
             f.first->failed == cell.failed;
    });
    if (known == all.end())
      all.push_back({&cell, 1});
    else
      ++known->metrics;
  }
  std::string text;
  for (const Failure& f : all)
    text += fmt::format("{} {}{}, {} times {}\n", f.first->stack, f.first->metric,
                        f.metrics > 1 ? fmt::format(" and {} more", f.metrics - 1) : "",
                        f.first->failed, f.first->failure);
  return text;
}

std::string disturbances(const std::vector<MeasuredCell>& cells) {
  const auto count = std::count_if(cells.begin(), cells.end(),
                                   [](const MeasuredCell& cell) { return cell.disturbed; });
  if (count == 0) return "";
  return fmt::format(
      "Disturbed: {} of {} cells. Around most of their samples a reference loop ran more than a\n"
      "tenth above its minimum, or time was stolen: something else wants this machine.\n",
      count, cells.size());
}

}  // namespace

void write_measured(const Recorded& found, const std::vector<MeasuredCell>& cells,
                    const std::filesystem::path& folder) {
  Json host = found.host, described = Json::array();
  for (Json& end : host["cells"])
    for (const MeasuredCell& cell : cells) {
      if (end["stack"] != cell.stack || end["metric"] != cell.metric) continue;
      end["unit"] = cell.unit;
      end["samples"] = cell.values.size();
      end["disturbed_samples"] = cell.disturbed_samples;
      end["failed"] = cell.failed;
      end["disturbed"] = cell.disturbed;
      if (cell.median) {
        end["median"] = cell.median->median;
        end["low"] = cell.median->low;
        end["high"] = cell.median->high;
      }
      if (cell.mixture.found)
        end["mixture"] = {{"p", cell.mixture.p},
                          {"low", cell.mixture.low},
                          {"high", cell.mixture.high},
                          {"share_low", cell.mixture.share}};
      described.push_back(end);
    }
  host["cells"] = described;
  std::ostringstream rows;
  write_csv(rows, found.records);
  write_whole(folder / "rows.csv", rows.str());
  write_whole(folder / "host.json", host.dump(2) + "\n");
}

std::string measured_text(const Recorded& found, const std::vector<MeasuredCell>& cells,
                          const std::string& baseline) {
  return medians(found, cells) + mixtures(cells) + ratios(cells, baseline) + failures(cells) +
         disturbances(cells);
}

}  // namespace strata
