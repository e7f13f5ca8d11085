#include "models/fleet/tariffs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>

#include "models/study/csv.h"

namespace strata {
namespace {

constexpr std::int64_t kMinute = 60'000'000;

std::int64_t rounded_up(std::int64_t us, std::int64_t step) {
  return (us + step - 1) / step * step;
}

double seconds(std::int64_t us) { return static_cast<double>(us) * 1e-6; }

/// The calls of one function that run, and the most at once of every minute so far.
class Running {
 public:
  explicit Running(std::vector<std::uint32_t>& most) : most_(most) {}

  void begin(const Invocation& call) {
    until(call.at_us);
    if (call.duration_us == 0) return;
    ends_.push(call.at_us + call.duration_us);
    note();
  }
  void finish() {
    while (!ends_.empty()) until((minute_ + 1) * kMinute);
  }

 private:
  /// Lets calls end up to a time, minute by minute: one that runs on counts in each.
  void until(std::int64_t at) {
    for (; minute_ < at / kMinute; ++minute_) {
      end((minute_ + 1) * kMinute);
      if (!ends_.empty()) note(minute_ + 1);
      // Minutes in which nothing runs need no look at each.
      if (ends_.empty()) {
        minute_ = at / kMinute;
        break;
      }
    }
    end(at);
  }
  void end(std::int64_t at) {
    while (!ends_.empty() && ends_.top() <= at) ends_.pop();
  }
  void note() { note(minute_); }
  void note(std::int64_t minute) {
    const auto m = static_cast<std::size_t>(minute);
    if (most_.size() <= m) most_.resize(m + 1, 0);
    most_[m] = std::max(most_[m], static_cast<std::uint32_t>(ends_.size()));
  }

  std::vector<std::uint32_t>& most_;
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> ends_;
  std::int64_t minute_ = 0;
};

std::uint32_t most(const FunctionUse& use) {
  return use.most_at_once.empty()
             ? 0
             : *std::max_element(use.most_at_once.begin(), use.most_at_once.end());
}

}  // namespace

double Tariff::sold_mib(double needed) const {
  return std::max(least_mib, std::ceil(needed / step_mib) * step_mib);
}

std::vector<Tariff> read_tariffs(const std::filesystem::path& file, Issues& issues) {
  std::vector<Tariff> out;
  const std::vector<std::string> kinds = {"always", "call", "cpu"};
  each_csv_row(
      file, file.string(),
      {"id", "kind", "least_mib", "step_mib", "round_us", "mib_a_core", "gib_hour_usd",
       "cpu_hour_usd", "million_calls_usd", "title", "from"},
      issues, [&](const CsvTable& table, int line, std::vector<std::string>& fields) {
        const CsvRow row{table, line, fields, issues};
        Tariff t;
        t.id = row.text("id");
        t.title = row.text("title");
        t.from = row.text("from");
        const auto kind = std::find(kinds.begin(), kinds.end(), row.text("kind"));
        t.kind = static_cast<Tariff::Kind>(kind - kinds.begin());
        t.least_mib = row.amount("least_mib");
        t.step_mib = row.amount("step_mib");
        t.round_us = std::llround(row.amount("round_us"));
        t.mib_a_core = row.amount("mib_a_core");
        t.gib_hour_usd = row.amount("gib_hour_usd");
        t.cpu_hour_usd = row.amount("cpu_hour_usd");
        t.million_calls_usd = row.amount("million_calls_usd");
        if (kind == kinds.end())
          issues.push_back(
              {{table.file, line, 1},
               "kind",
               fmt::format("'{}' is none{}", row.text("kind"), suggest(row.text("kind"), kinds))});
        if (t.step_mib <= 0 || t.round_us < 1)
          issues.push_back({{table.file, line, 1}, "", "step_mib and round_us must be above 0"});
        out.push_back(std::move(t));
      });
  return out;
}

TraceUse use_of(InvocationSource& source, const std::vector<Tariff>& tariffs) {
  TraceUse out;
  out.functions.resize(source.functions().size());
  std::vector<Running> running;
  running.reserve(out.functions.size());
  for (FunctionUse& use : out.functions) {
    use.billed_us.assign(tariffs.size(), 0);
    running.emplace_back(use.most_at_once);
  }
  Invocation call;
  while (source.next(call)) {
    FunctionUse& use = out.functions[call.function];
    ++use.calls;
    use.busy_us += call.duration_us;
    for (std::size_t t = 0; t < tariffs.size(); ++t)
      use.billed_us[t] += rounded_up(call.duration_us, tariffs[t].round_us);
    running[call.function].begin(call);
    out.span_us = std::max(out.span_us, call.at_us + call.duration_us);
  }
  for (Running& r : running) r.finish();
  out.span_us = rounded_up(out.span_us, kMinute);
  return out;
}

Bill bill(const Tariff& tariff, std::size_t index, const FunctionSpec& function,
          const FunctionUse& use, std::int64_t span_us, double stack_mib, double cpu_share,
          double mib_a_core) {
  Bill out;
  const double busy = seconds(use.busy_us);
  if (use.calls == 0) return out;
  out.used = function.mib * busy;
  if (tariff.kind == Tariff::Kind::always) {
    const double at_once = most(use), needed = function.mib * at_once + stack_mib;
    const double size = tariff.sold_mib(std::max(needed, at_once * mib_a_core));
    const double span = seconds(span_us), sold = seconds(rounded_up(span_us, tariff.round_us));
    out.sold = size * sold;
    out.stack = stack_mib * span;
    out.size = (size - needed) * span;
    out.time = size * (sold - span);
    out.idle = (needed - stack_mib) * span - out.used;
  } else {
    const double needed = function.mib + stack_mib, sold = seconds(use.billed_us[index]);
    const double size = tariff.sold_mib(std::max(needed, mib_a_core));
    out.sold = size * sold;
    out.stack = stack_mib * busy;
    out.size = (size - needed) * busy;
    out.time = size * (sold - busy);
  }
  out.usd = out.sold / 1024 / 3600 * tariff.gib_hour_usd +
            static_cast<double>(use.calls) * 1e-6 * tariff.million_calls_usd;
  if (tariff.kind == Tariff::Kind::cpu) out.usd += busy * cpu_share / 3600 * tariff.cpu_hour_usd;
  return out;
}

double break_even_duty(const Tariff& by_use, const Tariff& always, double mib,
                       std::int64_t duration_us, double stack_mib, double cpu_share) {
  const double gib_sold = by_use.sold_mib(mib + stack_mib) / 1024;
  const double stretched = seconds(rounded_up(duration_us, by_use.round_us)) / seconds(duration_us);
  double busy_hour = gib_sold * stretched * by_use.gib_hour_usd +
                     3600 / seconds(duration_us) * 1e-6 * by_use.million_calls_usd;
  if (by_use.kind == Tariff::Kind::cpu) busy_hour += cpu_share * by_use.cpu_hour_usd;
  return always.sold_mib(mib + stack_mib) / 1024 * always.gib_hour_usd / busy_hour;
}

double stranded_by_resizing(const FunctionSpec& function, const FunctionUse& use,
                            std::int64_t span_us, int minutes) {
  const auto& at_once = use.most_at_once;
  const auto all = static_cast<std::size_t>(span_us / kMinute);
  const std::size_t window = minutes == 0 ? all : static_cast<std::size_t>(minutes);
  double held = 0;
  for (std::size_t m = 0; m < all; m += window) {
    std::uint32_t most_here = 0;
    for (std::size_t i = m; i < std::min({m + window, all, at_once.size()}); ++i)
      most_here = std::max(most_here, at_once[i]);
    held += static_cast<double>(most_here) * static_cast<double>(std::min(window, all - m)) * 60;
  }
  return function.mib * (held - seconds(use.busy_us));
}

}  // namespace strata
