#include "models/fleet/bursts.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/base/random.h"

namespace strata {
namespace {

struct Interval {
  std::int64_t begin = 0, end = 0;
};

/// The bursts of one function, or of those that burst together, cut off at the span's end.
std::vector<Interval> bursts_of(const BurstSpec& spec, std::int64_t span, const std::string& name) {
  std::vector<Interval> out;
  Stream draws(spec.seed, "fleet.bursts." + name);
  const auto call = std::max<std::int64_t>(1, std::llround(spec.call_s * 1e6));
  const double gap_us = spec.burst_s * 1e6 * (1 - spec.duty) / spec.duty;
  // Stationary from the beginning: the first gap is exponential too, and a burst is under way with
  // the probability that one is at any time.
  double at = draws.uniform() < spec.duty ? 0 : -std::log(draws.uniform()) * gap_us;
  while (at < static_cast<double>(span)) {
    const auto calls = std::max<std::int64_t>(
        1,
        std::llround(-std::log(draws.uniform()) * spec.burst_s * 1e6 / static_cast<double>(call)));
    const auto begin = static_cast<std::int64_t>(at);
    out.push_back({begin, begin + calls * call});
    at += static_cast<double>(calls * call) - std::log(draws.uniform()) * gap_us;
  }
  return out;
}

/// Changes of how many functions there are in a state.
struct Change {
  std::int64_t at = 0;
  double by = 0;
  bool operator<(const Change& other) const {
    return at != other.at ? at < other.at : by < other.by;  // who leaves makes room
  }
};

void add(std::vector<Change>& changes, const std::vector<Interval>& bursts, std::int64_t longer,
         double functions) {
  std::int64_t begin = -1, end = -1;
  const auto put = [&] {
    if (begin < 0) return;
    changes.push_back({begin, functions});
    changes.push_back({end, -functions});
  };
  for (const Interval& burst : bursts) {
    if (burst.begin <= end) {
      end = std::max(end, burst.end + longer);
      continue;
    }
    put();
    begin = burst.begin;
    end = burst.end + longer;
  }
  put();
}

struct Level {
  double most = 0, mean = 0;
};

Level level_of(std::vector<Change>& changes, std::int64_t span) {
  std::sort(changes.begin(), changes.end());
  Level out;
  double now = 0, held = 0;
  std::int64_t since = 0;
  for (const Change& change : changes) {
    if (change.at > span) break;
    held += now * static_cast<double>(change.at - since);
    since = change.at;
    now += change.by;
    out.most = std::max(out.most, now);
  }
  held += now * static_cast<double>(span - since);
  out.mean = held / static_cast<double>(span);
  return out;
}

}  // namespace

BurstUse play_bursts(const BurstSpec& spec, const std::vector<Tariff>& tariffs) {
  if (!(spec.duty > 0 && spec.duty < 1) || !(spec.burst_s > 0) || !(spec.call_s > 0) ||
      spec.reclaim_s < 0 || spec.functions == 0 || !(spec.together >= 0 && spec.together <= 1))
    throw std::invalid_argument("bursts: needs functions, times above 0 and a duty below 1");
  BurstUse out;
  out.span_us = std::llround(spec.cycles * spec.burst_s / spec.duty) * 1'000'000;
  const auto call = std::max<std::int64_t>(1, std::llround(spec.call_s * 1e6));
  const auto reclaim = std::llround(spec.reclaim_s * 1e6);
  const auto together = static_cast<std::uint32_t>(std::llround(spec.together * spec.functions));
  std::vector<Change> running, loaded;
  out.all.billed_us.assign(tariffs.size(), 0);
  const auto play = [&](const std::string& name, std::uint32_t functions) {
    if (functions == 0) return;
    const auto bursts = bursts_of(spec, out.span_us, name);
    add(running, bursts, 0, functions);
    add(loaded, bursts, reclaim, functions);
    for (const Interval& burst : bursts) {
      const std::int64_t calls = (burst.end - burst.begin) / call * functions;
      out.all.calls += static_cast<std::uint64_t>(calls);
      out.all.busy_us += calls * call;
      for (std::size_t t = 0; t < tariffs.size(); ++t)
        out.all.billed_us[t] +=
            calls * ((call + tariffs[t].round_us - 1) / tariffs[t].round_us * tariffs[t].round_us);
    }
  };
  play("together", together);
  for (std::uint32_t f = together; f < spec.functions; ++f) play(std::to_string(f), 1);
  const Level runs = level_of(running, out.span_us), loads = level_of(loaded, out.span_us);
  out.most_running = runs.most;
  out.mean_running = runs.mean;
  out.most_loaded = loads.most;
  out.mean_loaded = loads.mean;
  return out;
}

}  // namespace strata
