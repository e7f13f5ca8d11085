#include "models/fleet/faas_hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace strata {
namespace {

constexpr std::int64_t kMilli = 1000;  ///< of a core

}  // namespace

FaasHosts::FaasHosts(const FaasSetup& setup, const std::vector<Capacity>& shapes)
    : starting(setup.hosts, 0),
      running(setup.hosts, 0),
      population(setup.hosts, setup.surface->memory),
      fill_(setup.fill),
      cores_(setup.surface->host_cores * kMilli),
      per_call_(std::llround(setup.cpu_share * kMilli)),
      per_start_(std::llround(setup.surface->boot_cores * kMilli)),
      per_instance_micro_(std::llround(setup.surface->housekeeping * kMilli * 1000)),
      starts_(setup.surface->boot, setup.hosts, 1000),
      clocks_(setup.hosts),
      ranks_(setup.seed, "faas.start") {
  const Footprint& memory = setup.surface->memory;
  const std::int64_t for_instances =
      setup.surface->host_memory - memory.fixed - Holding::shared(memory);
  const Capacity all{static_cast<std::uint32_t>(setup.fill * setup.surface->host_cores),
                     static_cast<std::uint32_t>(std::max<std::int64_t>(0, for_instances >> 20))};
  FleetShape shape;
  shape.hosts.assign(setup.hosts, all);
  shape.shapes = shapes;
  shape.seed = setup.seed;
  free_mib_.assign(setup.hosts, all.mib);
  told_.assign(setup.hosts, all);
  dirty_.assign(setup.hosts, false);
  gone_.assign(setup.hosts, false);
  policy_ = setup.placement.make(shape);
}

HostId FaasHosts::choose(std::uint32_t shape) {
  for (const HostId host : changed_) {
    dirty_[host] = false;
    tell(host);
  }
  changed_.clear();
  const HostId host = policy_->choose(shape);
  return host != kNoHost ? host : policy_->choose(shape + 1);
}

void FaasHosts::tell(HostId host) {
  const auto below = static_cast<std::int64_t>(fill_ * static_cast<double>(cores_));
  const std::int64_t left = std::max<std::int64_t>(0, below - clocks_[host].demand) / kMilli;
  Capacity now{static_cast<std::uint32_t>(left), free_mib_[host]};
  if (gone_[host]) now = {};
  if (now == told_[host]) return;
  policy_->changed(host, told_[host], now);
  told_[host] = now;
}

void FaasHosts::set_gone(HostId host, bool gone) {
  gone_[host] = gone;
  if (gone) starts_.lose(host);
  if (!dirty_[host]) dirty_[host] = true, changed_.push_back(host);
}

void FaasHosts::take_memory(HostId host, std::uint32_t mib) {
  if (host >= free_mib_.size() || free_mib_[host] < mib)
    throw std::logic_error(fmt::format(
        "the policy places an instance on host {}, where its memory does not fit", host));
  free_mib_[host] -= mib;
}

/// Virtual time of the host goes on to now, and with it the work of its calls.
void FaasHosts::progress(HostId host, Time now) {
  HostClock& clock = clocks_[host];
  const std::int64_t before = clock.virtual_time;
  clock.advance(now);
  progressed_ += static_cast<std::uint64_t>(clock.virtual_time - before) *
                 static_cast<std::uint64_t>(running[host]);
}

Starts::Event FaasHosts::settled(HostId host, Time now) {
  settle(host);
  if (starting[host] == 0) return {};
  return starts_.changed(now, host, beside_starts(host), stretch(host));
}

Starts::Event FaasHosts::begin_start(HostId host, std::uint32_t who, Time now) {
  settle(host);
  return starts_.begin(now, host, who, ranks_.uniform(), beside_starts(host), stretch(host));
}

void FaasHosts::settle(HostId host) {
  HostClock& clock = clocks_[host];
  const std::int64_t wanted = demand_of(host);
  used_ += std::min(wanted, cores_) - std::min(clock.demand, cores_);
  clock.set_demand(wanted, cores_);
  if (!dirty_[host]) dirty_[host] = true, changed_.push_back(host);
}

std::int64_t FaasHosts::demand_of(HostId host) const {
  return running[host] * per_call_ + starting[host] * per_start_ +
         population.on(host) * per_instance_micro_ / 1000;
}

double FaasHosts::beside_starts(HostId host) const {
  return static_cast<double>(population.on(host)) - static_cast<double>(starting[host]);
}

/// By how much more than the surface's own contention starts are slowed by what else runs.
double FaasHosts::stretch(HostId host) const {
  const auto all = static_cast<double>(std::max(cores_, clocks_[host].demand));
  const auto alone = static_cast<double>(std::max(cores_, starting[host] * per_start_));
  return all / alone;
}

}  // namespace strata
