// Is what the fleet scale says of stacks what the host scale would have said? A small fleet is
// played twice: by surfaces and counts, and host by host with every phase of every start. Placement
// must be identical (a linear scan stands for it), memory equal to the byte, and the latencies'
// distributions no further apart than 0.05 (Kolmogorov and Smirnov's distance) at 10,000 starts.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/fleet/policies.h"
#include "models/fleet/stack_tenants.h"
#include "models/fleet/surface_cache.h"
#include "models/host/boot_run.h"
#include "models/layers/models.h"
#include "models/study/catalog.h"
#include "tests/laws/draw.h"
#include "tests/laws/in_child.h"

namespace strata {
namespace {

constexpr std::size_t kStarts = 10'000, kHosts = 4;
constexpr std::uint32_t kSlots = 400;  // instances a host has room for

const Catalog& catalog() {
  static const Catalog kCatalog = [] {
    Catalog out;
    out.models = layer_models();
    read_home(".", out);
    return out;
  }();
  return kCatalog;
}

/// Greatest distance between two samples' distribution functions.
double ks_distance(std::vector<double> a, std::vector<double> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double farthest = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const double x = std::min(a[i], b[j]);
    while (i < a.size() && a[i] <= x) ++i;
    while (j < b.size() && b[j] <= x) ++j;
    farthest = std::max(farthest, std::abs(static_cast<double>(i) / static_cast<double>(a.size()) -
                                           static_cast<double>(j) / static_cast<double>(b.size())));
  }
  return farthest;
}

struct Load {
  const char* stack;
  const char* machine;
  double in_flight;  ///< wanted on a host, on average
  double burst;      ///< share of arrivals that come with the one before
};
std::ostream& operator<<(std::ostream& out, const Load& load) {
  return out << load.stack << " on " << load.machine;
}

class AgainstHost : public testing::TestWithParam<Load> {};

TEST_P(AgainstHost, PlacementIsIdenticalMemoryEqualLatenciesAlikeInDistribution) {
  const Load& load = GetParam();
  const StackFile& stack = catalog().stacks.at(load.stack);
  const MachineFile& machine = catalog().machines.at(load.machine);
  const Draws draws{1, 0};
  const Surface surface = measure_surface(stack, machine, draws, {}, 2, {});

  // Arrivals such that `in_flight` starts overlap on a host; lives of some hundred starts.
  const double alone_ns = surface.boot.latency_ns(1, 0, 0.5);
  const double gap_us = alone_ns / 1000 / (load.in_flight * kHosts * 0.25);
  Draw draw(7);
  std::vector<VmRequest> requests;
  double clock = 0;
  for (std::size_t i = 0; i < kStarts; ++i) {
    if (draw.uniform() >= load.burst)
      clock += -std::log(draw.uniform()) * gap_us / (1 - load.burst);
    const double life = alone_ns / 1000 * (20 + 60 * draw.uniform());
    requests.push_back({std::llround(clock), std::llround(life), 0});
  }

  // The fleet scale. One shape, so what a host has room for is a number of instances.
  FleetShape fleet;
  fleet.hosts.assign(kHosts, {kSlots, 1});
  fleet.shapes = {{1, 0}};
  ListedVms source(requests);
  std::vector<HostId> hosts;
  StackTenants tenants(surface, kHosts, 1000, 1);
  std::vector<double> ours;
  tenants.latencies = &ours;
  const auto policy = worst_fit().make(fleet);
  place(source, fleet, *policy, &hosts, &tenants);
  tenants.finish();

  // The same placement by looking at every host at every arrival.
  std::vector<std::vector<std::int64_t>> ends(kHosts);
  std::vector<HostId> scanned;
  for (const VmRequest& r : requests) {
    HostId best = kNoHost;
    for (HostId h = 0; h < kHosts; ++h) {
      std::erase_if(ends[h], [&](std::int64_t end) { return end <= r.at; });
      if (ends[h].size() < kSlots && (best == kNoHost || ends[h].size() < ends[best].size()))
        best = h;
    }
    scanned.push_back(best);
    if (best != kNoHost) ends[best].push_back(r.at + r.life);
  }
  ASSERT_EQ(hosts, scanned);
  ASSERT_EQ(std::count(hosts.begin(), hosts.end(), kNoHost), 0);

  // Every host in full.
  std::vector<double> theirs;
  std::vector<std::int64_t> most(kHosts);
  for (HostId h = 0; h < kHosts; ++h) {
    std::vector<Stay> stays;
    for (std::size_t i = 0; i < kStarts; ++i)
      if (hosts[i] == h) stays.push_back({requests[i].at * 1000, requests[i].life * 1000});
    const auto numbers = in_child([&] {
      Ledger ledger(std::llround(draws(machine.memory)));
      add_host(ledger, 0, stack, draws);
      const HostMemory memory{
          ledger, [&](Ledger::Holder holder) { add_instance(ledger, holder, stack, draws); }, 0};
      const StayRun run = run_stays(boot_plan(stack, machine, draws), stack.vcpus,
                                    host_numbers(machine, draws), memory, stays, 2, "against");
      std::vector<double> out;
      for (const Start& s : run.starts) out.push_back(static_cast<double>(s.end - s.begin));
      out.push_back(
          static_cast<double>(*std::max_element(run.resident.begin(), run.resident.end())));
      return out;
    });
    theirs.insert(theirs.end(), numbers.begin(), numbers.end() - 1);
    most[h] = std::llround(numbers.back());
  }

  // Memory: the most each host ever held, from counts and from its ledger.
  for (HostId h = 0; h < kHosts; ++h) {
    std::int64_t now = 0, peak = 0;
    std::vector<std::pair<std::int64_t, int>> changes;
    for (std::size_t i = 0; i < kStarts; ++i)
      if (hosts[i] == h) {
        changes.emplace_back(requests[i].at, 1);
        changes.emplace_back(requests[i].at + requests[i].life, -1);
      }
    std::sort(changes.begin(), changes.end());  // departures (-1) first
    for (const auto& change : changes) peak = std::max(peak, now += change.second);
    EXPECT_EQ(most[h], resident(surface.memory, peak)) << "host " << h;
  }
  const double apart = ks_distance(ours, theirs);
  std::sort(ours.begin(), ours.end());
  std::sort(theirs.begin(), theirs.end());
  std::string shape;
  for (const double p : {0.05, 0.5, 0.95, 0.99})
    shape += " " + std::to_string(ours[static_cast<std::size_t>(p * kStarts)] / 1e6) + "/" +
             std::to_string(theirs[static_cast<std::size_t>(p * kStarts)] / 1e6);
  RecordProperty("distance", std::to_string(apart));
  EXPECT_LE(apart, 0.05) << "fleet/host in ms at 5, 50, 95, 99 %:" << shape;
  std::printf("%s: distance %.4f, fleet/host in ms at 5, 50, 95, 99 %%:%s\n", load.stack, apart,
              shape.c_str());
}

INSTANTIATE_TEST_SUITE_P(Stacks, AgainstHost,
                         testing::Values(Load{"firecracker_linux", "m5d_metal", 4, 0},
                                         Load{"firecracker_linux", "n1_standard_4", 6, 0.3},
                                         Load{"docker_bare", "m5d_metal", 1, 0},
                                         Load{"xen_pvh_linux", "e5_1630v3", 1, 0}),
                         [](const auto& test) {
                           return std::string(test.param.stack) + "_" + test.param.machine;
                         });

}  // namespace
}  // namespace strata
