// Reads the Azure Functions Trace 2019 (Shahrad et al., "Serverless in the Wild", USENIX ATC 2020;
// CC-BY): calls a minute, durations and memory of each function. Also samples of it in the form of
// In-Vitro (Ustiugov et al., SESAME 2023), which name the three files shorter and state the memory
// of each function, where the data set states that of applications.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "models/base/random.h"
#include "models/study/catalog.h"
#include "models/study/csv.h"
#include "models/study/trace_files.h"

namespace strata {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kSecond = 1'000'000, kMinute = 60 * kSecond;  // in us

/// Durations of one function. Between the stated percentiles the quantile is lo + (hi - lo) v^p,
/// v from 0 to 1, with the one exponent p for which the mean is the stated average; 0 and 1 are the
/// stated minimum and maximum. The data set's percentiles are those of averages over half minutes,
/// so single calls differ more than this.
class Durations {
 public:
  static constexpr std::array<double, 7> kAt = {0, .01, .25, .5, .75, .99, 1};

  Durations(const std::array<double, 7>& ms, double average) : ms_(ms) {
    double low = 0, high = 0;  // the mean with all at the lower, at the upper ends
    for (std::size_t i = 0; i + 1 < kAt.size(); ++i) {
      low += (kAt[i + 1] - kAt[i]) * ms_[i];
      high += (kAt[i + 1] - kAt[i]) * ms_[i + 1];
    }
    // The mean of v^p is 1 / (p + 1), so the mean is low + (high - low) / (p + 1).
    const double share = high > low ? (average - low) / (high - low) : 0.5;
    exponent_ = 1 / std::clamp(share, 0.01, 0.99) - 1;
  }

  /// In us.
  std::int64_t at(double u) const {
    std::size_t i = 0;
    while (u >= kAt[i + 1]) ++i;
    const double v = (u - kAt[i]) / (kAt[i + 1] - kAt[i]);
    return std::llround(1000 * (ms_[i] + (ms_[i + 1] - ms_[i]) * std::pow(v, exponent_)));
  }

 private:
  std::array<double, 7> ms_;
  double exponent_;
};

struct Call {
  std::uint32_t function, count;
};

/// What the three files say.
struct Trace {
  std::vector<FunctionSpec> functions;
  std::vector<Durations> durations;
  std::vector<std::vector<Call>> minutes;  ///< those with calls only, by function
  std::vector<std::string> notes;
};

class Calls final : public InvocationSource {
 public:
  Calls(Trace trace, const InvocationOptions& options)
      : trace_(std::move(trace)), within_(options.within) {
    for (const FunctionSpec& f : trace_.functions) {
      moments_.emplace_back(options.seed, "azure_functions_2019.moment." + f.id);
      lengths_.emplace_back(options.seed, "azure_functions_2019.duration." + f.id);
    }
  }

  const std::vector<FunctionSpec>& functions() const override { return trace_.functions; }
  std::vector<std::string> notes() const override { return trace_.notes; }

  bool next(Invocation& out) override {
    while (at_ == now_.size()) {
      if (minute_ == trace_.minutes.size()) return false;
      draw_minute();
    }
    out = now_[at_++];
    return true;
  }

 private:
  void draw_minute() {
    now_.clear();
    at_ = 0;
    const std::int64_t begin = static_cast<std::int64_t>(minute_) * kMinute;
    for (const Call& call : trace_.minutes[minute_]) {
      Stream& moment = moments_[call.function];
      std::int64_t from = begin, span = kMinute;
      if (within_ == WithinMinute::bursty) {
        from += static_cast<std::int64_t>(moment.uniform() * 60) * kSecond;
        span = kSecond;
      }
      for (std::uint32_t i = 0; i < call.count; ++i) {
        const double where = moment.uniform();
        now_.push_back({from + static_cast<std::int64_t>(where * static_cast<double>(span)),
                        trace_.durations[call.function].at(lengths_[call.function].uniform()),
                        call.function});
      }
    }
    std::stable_sort(now_.begin(), now_.end(),
                     [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
    ++minute_;
  }

  Trace trace_;
  WithinMinute within_;
  std::vector<Stream> moments_, lengths_;  ///< by function, so that leaving one out moves no other
  std::vector<Invocation> now_;            ///< calls of one minute
  std::size_t at_ = 0, minute_ = 0;
};

/// A function's name is its own within its application only.
std::string id_of(const CsvRow& row) { return row.text("HashApp") + "/" + row.text("HashFunction"); }

std::unordered_map<std::string, Durations> read_durations(const fs::path& file, Issues& issues) {
  std::unordered_map<std::string, Durations> out;
  each_csv_row(file, file.string(),
               {"HashApp", "HashFunction", "Average", "Minimum", "Maximum", "percentile_Average_1",
                "percentile_Average_25", "percentile_Average_50", "percentile_Average_75",
                "percentile_Average_99"},
               issues, [&](const CsvTable& table, int line, std::vector<std::string>& fields) {
                 const CsvRow row{table, line, fields, issues};
                 std::array<double, 7> ms = {
                     row.amount("Minimum"),
                     row.amount("percentile_Average_1"),
                     row.amount("percentile_Average_25"),
                     row.amount("percentile_Average_50"),
                     row.amount("percentile_Average_75"),
                     row.amount("percentile_Average_99"),
                     row.amount("Maximum"),
                 };
                 // Percentiles of averages are rounded, so the ends may lie inside them.
                 for (std::size_t i = 1; i < ms.size(); ++i) ms[i] = std::max(ms[i], ms[i - 1]);
                 out.try_emplace(id_of(row), ms, row.amount("Average"));
               });
  return out;
}

/// MB by function, or by application where the file states those.
struct Memory {
  bool by_function = false;
  std::unordered_map<std::string, double> mb;
};

Memory read_memory(const fs::path& file, Issues& issues) {
  Memory out;
  each_csv_row(file, file.string(), {"HashApp", "AverageAllocatedMb"}, issues,
               [&](const CsvTable& table, int line, std::vector<std::string>& fields) {
                 const CsvRow row{table, line, fields, issues};
                 out.by_function = table.column("HashFunction") >= 0;
                 out.mb[out.by_function ? id_of(row) : row.text("HashApp")] =
                     row.amount("AverageAllocatedMb");
               });
  return out;
}

/// A function's calls, before it is known whether the other files know it.
struct Counted {
  std::string id, app;
  std::uint64_t total = 0;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> minutes;  ///< minute, calls
};

std::vector<Counted> read_counts(const fs::path& file, std::size_t& minutes, Issues& issues) {
  std::vector<Counted> out;
  std::vector<std::size_t> columns;  // of minutes, in their order
  each_csv_row(
      file, file.string(), {"HashApp", "HashFunction"}, issues,
      [&](const CsvTable& table, int line, std::vector<std::string>& fields) {
        if (columns.empty())
          for (std::size_t c = 0; c < table.header.size(); ++c)
            if (number<int>(table.header[c])) columns.push_back(c);
        const CsvRow row{table, line, fields, issues};
        Counted& counted = out.emplace_back();
        counted.id = id_of(row);
        counted.app = row.text("HashApp");
        for (std::uint32_t m = 0; m < columns.size(); ++m) {
          const std::string& text = fields[columns[m]];
          if (text == "0") continue;
          const auto calls = number<std::uint32_t>(text);
          if (!calls) {
            issues.push_back({{file.string(), line, 1},
                              "minute " + table.header[columns[m]],
                              fmt::format("'{}' is no number of calls", text)});
            return;
          }
          counted.minutes.emplace_back(m, *calls);
          counted.total += *calls;
        }
      });
  minutes = columns.size();
  if (issues.empty() && minutes == 0)
    issues.push_back({{file.string(), 1, 1}, "", "has no column of a minute (a number)"});
  return out;
}

/// The file beside `calls` whose name has `mine` where that has `theirs`.
fs::path beside(const fs::path& calls, const std::string& short_name,
                const std::string& published) {
  std::string name = calls.filename().string();
  const std::string long_name = "invocations_per_function_md";
  const bool full = name.starts_with(long_name);
  name.replace(0, full ? long_name.size() : std::string("invocations").size(),
               full ? published : short_name);
  return calls.parent_path() / name;
}

std::unique_ptr<InvocationSource> open(const fs::path& folder, const InvocationOptions& options,
                                       Issues& issues) {
  const auto found =
      trace_files(folder, R"(invocations(_per_function_md\.anon\.d\d\d)?\.csv(\.gz)?)");
  if (found.empty()) {
    issues.push_back({{folder.string()},
                      "",
                      "holds no Azure Functions 2019 trace: expected "
                      "invocations_per_function_md.anon.dNN.csv or a sample's invocations.csv"});
    return nullptr;
  }
  const fs::path& file = found.front();  // of several days the first
  std::size_t minutes = 0;
  std::vector<Counted> counts = read_counts(file, minutes, issues);
  const auto durations =
      read_durations(beside(file, "durations", "function_durations_percentiles"), issues);
  const Memory memory = read_memory(beside(file, "memory", "app_memory_percentiles"), issues);
  if (issues.empty() && counts.empty()) issues.push_back({{file.string()}, "", "holds no call"});
  if (!issues.empty()) return nullptr;

  std::unordered_map<std::string, int> functions_of_app;
  for (const Counted& c : counts) ++functions_of_app[c.app];
  if (options.without_largest)
    counts.erase(std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
      return a.total < b.total;
    }));

  Trace trace;
  trace.minutes.resize(minutes);
  std::uint64_t left_out = 0, calls_left_out = 0;
  for (const Counted& c : counts) {
    const auto duration = durations.find(c.id);
    const auto mb = memory.mb.find(memory.by_function ? c.id : c.app);
    if (duration == durations.end() || mb == memory.mb.end()) {
      ++left_out;
      calls_left_out += c.total;
      continue;
    }
    // The sample divides an application's memory evenly among its functions; so does this.
    const double mib = memory.by_function ? mb->second : mb->second / functions_of_app[c.app];
    const auto index = static_cast<std::uint32_t>(trace.functions.size());
    trace.functions.push_back(
        {c.id, c.app, static_cast<std::uint32_t>(std::max(1LL, std::llround(mib)))});
    trace.durations.push_back(duration->second);
    for (const auto& [minute, calls] : c.minutes) trace.minutes[minute].push_back({index, calls});
  }
  if (left_out != 0)
    trace.notes.push_back(
        fmt::format("{} of {} functions ({} calls) are left out: the trace states no duration or "
                    "no memory for them",
                    left_out, counts.size(), calls_left_out));
  if (trace.functions.empty()) {
    issues.push_back(
        {{file.string()}, "", "none of its functions is in the files of durations and memory"});
    return nullptr;
  }
  return std::make_unique<Calls>(std::move(trace), options);
}

}  // namespace

void workload_azure_functions_2019(Catalog& catalog) {
  catalog.invocations["azure_functions_2019"] = {
      "azure_functions_2019",
      "Azure Functions of July 2019: calls a minute, durations and memory of each function", open};
}

}  // namespace strata
