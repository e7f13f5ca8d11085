#include "models/fleet/starts.h"

#include <algorithm>
#include <cmath>

namespace strata {

Starts::Event Starts::begin(Time now, HostId host, std::uint64_t who, double rank, double running,
                            double stretch) {
  Group& g = group(host);
  advance(g, now);
  g.running = running;
  g.stretch = stretch;
  g.starts.push_back({who, now, rank, 1, 0});
  set_pace(g);
  return next(g, host);
}

Starts::Event Starts::changed(Time now, HostId host, double running, double stretch) {
  if (group_of_[host] == 0) return {};
  Group& g = groups_[group_of_[host]];
  if (g.running == running && g.stretch == stretch) return {};
  advance(g, now);
  g.running = running;
  g.stretch = stretch;
  set_pace(g);
  return next(g, host);
}

Starts::Event Starts::due(const Event& event, std::vector<Ended>& ended) {
  const std::uint32_t number = group_of_[event.host];
  if (number == 0 || groups_[number].stamp != event.stamp) return {};
  Group& g = groups_[number];
  advance(g, event.at);
  const std::size_t before = g.starts.size();
  std::erase_if(g.starts, [&](const Start& s) {
    // The event stands at the first whole tick after the end.
    const double over = s.left * s.whole;
    if (over > 0) return false;
    ended.push_back(
        {s.who, s.begun, (static_cast<double>(event.at - s.begun) + over) * ns_per_tick_});
    return true;
  });
  if (g.starts.empty()) {
    ++g.stamp;
    free_.push_back(number);
    group_of_[event.host] = 0;
    return {};
  }
  if (g.starts.size() != before) {
    g.running += static_cast<double>(before - g.starts.size());
    set_pace(g);
  }
  return next(g, event.host);
}

void Starts::lose(HostId host) {
  const std::uint32_t number = group_of_[host];
  if (number == 0) return;
  groups_[number].starts.clear();
  ++groups_[number].stamp;
  free_.push_back(number);
  group_of_[host] = 0;
}

void Starts::advance(Group& g, Time now) {
  const auto passed = static_cast<double>(now - g.updated);
  if (passed > 0)
    for (Start& s : g.starts) s.left -= passed / s.whole;
  g.updated = now;
}

void Starts::set_pace(Group& g) {
  const auto flights = static_cast<double>(g.starts.size());
  for (Start& s : g.starts)
    s.whole =
        std::max(surface_.latency_ns(flights, g.running, s.rank) * g.stretch / ns_per_tick_, 1e-9);
}

Starts::Event Starts::next(Group& g, HostId host) {
  double soonest = g.starts.front().left * g.starts.front().whole;
  for (const Start& s : g.starts) soonest = std::min(soonest, s.left * s.whole);
  const Time wait = std::max<Time>(0, static_cast<Time>(std::ceil(soonest)));
  return {g.updated + wait, host, ++g.stamp};
}

Starts::Group& Starts::group(HostId host) {
  std::uint32_t& number = group_of_[host];
  if (number == 0) {
    if (free_.empty()) {
      number = static_cast<std::uint32_t>(groups_.size());
      groups_.emplace_back();
    } else {
      number = free_.back();
      free_.pop_back();
    }
  }
  return groups_[number];
}

}  // namespace strata
