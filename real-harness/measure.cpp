#include "real-harness/measure.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "real-harness/statistics.h"

namespace strata {
namespace {

/// The runners start the toolstacks of today's distributions; older ones are not to be had here.
constexpr int kEra = 2026;

struct Answer {
  double ns = 0, count = 0;
};

/// Takes `head` and a whole number above zero off the front of the text; 0: they are not there.
std::uint64_t take(std::string_view& text, std::string_view head) {
  if (text.substr(0, head.size()) != head) return 0;
  text.remove_prefix(head.size());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// The guest's answer line and nothing else; a hostile guest may write anything.
std::optional<Answer> answer_of(const Outcome& outcome) {
  std::string_view text = outcome.output;
  const std::uint64_t ns = take(text, "ns="), count = take(text, " count=");
  if (ns == 0 || count == 0 || text != "\n") return std::nullopt;
  return Answer{static_cast<double>(ns), static_cast<double>(count)};
}

Probe per_operation(std::string metric, std::string about, std::vector<std::string> command) {
  const auto read = [metric](const Outcome& outcome) -> std::vector<Measured> {
    const auto answer = answer_of(outcome);
    if (!answer) return {};
    return {{metric, "ns", answer->ns / answer->count}};
  };
  return {metric, std::move(about), "ns", {std::move(command)}, read};
}

/// Nanoseconds of a chain of multiplications that nothing can shorten; longer than one turn of a
/// scheduler, so that whoever else wants the processor shows.
double reference_loop() {
  const auto begin = std::chrono::steady_clock::now();
  volatile std::uint64_t start = 1;
  std::uint64_t x = start;
  for (int i = 0; i < 5'000'000; ++i) x = x * 6364136223846793005ULL + 1442695040888963407ULL;
  start = x;
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

std::vector<Probe> probes(bool quick) {
  std::vector<Probe> all;
  all.push_back({"boot.total",
                 "from the exec of the launcher to the mark main",
                 "ms",
                 {{"hello"}},
                 [](const Outcome& o) -> std::vector<Measured> {
                   return {{"boot.total", "ms", static_cast<double>(*o.main - o.exec) / 1e6}};
                 }});
  all.push_back(per_operation("syscall.latency", "one null system call (getppid)",
                              {"syscall", quick ? "100000" : "500000"}));
  all.push_back(per_operation("page_fault.latency", "first touch of one 4 KiB page, huge pages off",
                              {"touch", quick ? "16" : "64"}));
  all.push_back(per_operation("switch.latency",
                              "one byte to another process and back: two wake-ups, four pipe calls",
                              {"switch", quick ? "2000" : "10000"}));
  all.push_back({"memory.private",
                 "of the payload's process alone; memory.pss and memory.rss come with it",
                 "MiB",
                 {{"wait"}, std::chrono::seconds(10), true},
                 [](const Outcome& o) -> std::vector<Measured> {
                   const auto mib = [](std::int64_t kib) {
                     return static_cast<double>(kib) / 1024;
                   };
                   return {{"memory.private", "MiB", mib(o.memory->private_)},
                           {"memory.pss", "MiB", mib(o.memory->pss)},
                           {"memory.rss", "MiB", mib(o.memory->rss)}};
                 }});
  all.push_back({"loopback.throughput",
                 "TCP between two processes of one instance, over its own loopback",
                 "Gbit/s",
                 {{"stream", quick ? "100" : "500"}},
                 [](const Outcome& o) -> std::vector<Measured> {
                   const auto answer = answer_of(o);
                   if (!answer) return {};
                   return {{"loopback.throughput", "Gbit/s", answer->count * 8 / answer->ns}};
                 }});
  return all;
}

Measurement measure(const MeasurePlan& plan, const std::function<void(int)>& done) {
  Measurement out;
  std::vector<Record>& records = out.records;
  std::map<std::pair<std::string, std::string>, std::vector<double>> loops;  // stack, metric
  double least = std::numeric_limits<double>::infinity();
  int count = 0;
  for (int round = 0; round < plan.warm_ups + plan.trials; ++round) {
    const bool warm_up = round < plan.warm_ups;
    for (const Probe& probe : plan.probes) {
      for (std::size_t i = 0; i < plan.runners.size(); ++i) {
        // Who comes first changes from round to round, so that nobody always follows the same one.
        Runner* runner = plan.runners[(i + static_cast<std::size_t>(round)) % plan.runners.size()];
        const double loop = reference_loop();
        least = std::min(least, loop);
        if (!warm_up) loops[{runner->stack(), probe.metric}].push_back(loop);
        const Outcome outcome = runner->run(probe.trial);
        Record record;
        record.stack = runner->stack();
        record.machine = plan.machine;
        record.era = kEra;
        record.accel = runner->accel();
        record.parallel = 1;
        record.instances = 1;
        record.trial = warm_up ? round : round - plan.warm_ups;
        record.statistic = "value";
        record.origin = "measured";
        record.outcome = outcome.outcome;
        std::vector<Measured> values;
        if (outcome.ok()) values = probe.read(outcome);
        if (outcome.ok() && values.empty())
          record.outcome = "failed: the guest's answer is no answer";
        if (values.empty()) values.push_back({probe.metric, probe.unit, 0});
        if (warm_up && record.outcome == "ok") record.outcome = "warm-up";
        for (const Measured& value : values) {
          record.metric = value.metric;
          record.unit = value.unit;
          record.value = value.value;
          records.push_back(record);
        }
        done(++count);
      }
    }
  }
  for (auto& [cell, times] : loops) {
    std::sort(times.begin(), times.end());
    out.cells.push_back({cell.first, cell.second, quantile_of(times, 0.5) / least});
  }
  return out;
}

}  // namespace strata
