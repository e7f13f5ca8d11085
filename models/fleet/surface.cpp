#include "models/fleet/surface.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "models/base/distribution.h"
#include "models/fleet/surface_cache.h"
#include "models/host/boot_run.h"
#include "models/host/workers.h"
#include "models/layers/stack_model.h"

namespace strata {
namespace {

/// Where `x` lies among ascending levels: the level below and how far to the next, beyond 1 past
/// the last.
std::pair<std::size_t, double> between(const std::vector<int>& levels, double x) {
  if (levels.size() == 1 || x <= levels.front()) return {0, 0};
  std::size_t above = 1;
  while (above + 1 < levels.size() && levels[above] < x) ++above;
  const double low = levels[above - 1], high = levels[above];
  return {above - 1, (x - low) / (high - low)};
}

/// Starts of one point, ns, in order of launch.
std::vector<double> play(const BootPlan& plan, const StackFile& stack, const HostNumbers& host,
                         const Draws& draws, int in_flight, int running, int starts) {
  const int warm_up = 2 * in_flight;
  StartPattern pattern{warm_up + starts + in_flight, in_flight, false, running};
  const BootRun run =
      run_boots(plan, stack.vcpus, host, pattern, draws.seed,
                "surface/" + std::to_string(in_flight) + "/" + std::to_string(running));
  std::vector<double> out;
  for (int i = warm_up; i < warm_up + starts; ++i) {
    const Start& s = run.starts[static_cast<std::size_t>(i)];
    out.push_back(static_cast<double>(s.end - s.begin));
  }
  return out;
}

std::string bytes_of(const std::vector<double>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double)};
}

std::vector<double> numbers_of(const std::string& bytes) {
  std::vector<double> out(bytes.size() / sizeof(double));
  std::memcpy(out.data(), bytes.data(), out.size() * sizeof(double));
  return out;
}

/// All that the starts depend on.
std::string inputs_of(const BootPlan& plan, int vcpus, const HostNumbers& host, std::uint64_t seed,
                      const SurfaceDetail& detail) {
  std::string out =
      fmt::format("vcpus {} host {} {} {} {} {} seed {} starts {} in flight {} ", vcpus, host.cores,
                  host.disk_bytes_per_second, host.disk_latency, host.nic_bytes_per_second,
                  host.nic_latency, seed, detail.starts, fmt::join(detail.in_flight, ","));
  out += fmt::format("running {}\n", fmt::join(detail.running, ","));
  for (const PlanPhase& p : plan.phases)
    out += fmt::format(
        "{} {} cpu {} wait {} per_running {} crowd {} {} disk {} network {} jitter {} lock {} "
        "after {}\n",
        p.name, name(p.account), p.cpu, p.wait, p.per_running, p.crowd, p.spread, p.disk, p.network,
        p.jitter, p.lock, fmt::join(p.after, ","));
  return out;
}

BootSurface play_all(const BootPlan& plan, const StackFile& stack, const HostNumbers& host,
                     const Draws& draws, const SurfaceDetail& detail, int jobs) {
  const std::vector<int>& populations = detail.running;
  const int count = static_cast<int>(detail.in_flight.size() * populations.size());
  const auto results = run_forked(count, jobs, [&](int i) {
    const auto f = static_cast<std::size_t>(i) / populations.size();
    const auto r = static_cast<std::size_t>(i) % populations.size();
    return bytes_of(
        play(plan, stack, host, draws, detail.in_flight[f], populations[r], detail.starts));
  });
  std::vector<std::vector<std::vector<double>>> samples(detail.in_flight.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i].failure.empty())
      throw std::runtime_error("the host scale's starts of " + stack.id + ": " +
                               results[i].failure);
    samples[i / populations.size()].push_back(numbers_of(results[i].output));
  }
  return BootSurface(detail.in_flight, populations, samples);
}

double cpu_of(const BootPlan& plan) {
  double cpu = 0;
  for (const PlanPhase& phase : plan.phases) cpu += phase.cpu;
  return cpu;
}

}  // namespace

BootSurface::BootSurface(std::vector<int> flights, std::vector<int> populations,
                         const std::vector<std::vector<std::vector<double>>>& samples)
    : in_flight(std::move(flights)), running(std::move(populations)) {
  for (std::size_t f = 0; f < in_flight.size(); ++f)
    for (std::size_t r = 0; r < running.size(); ++r) {
      Empirical sorted{samples[f][r]};
      if (sorted.sorted.empty()) throw std::invalid_argument("a point of a surface has no starts");
      std::sort(sorted.sorted.begin(), sorted.sorted.end());
      for (std::size_t k = 0; k < kQuantiles; ++k)
        quantiles.push_back(quantile(sorted, (static_cast<double>(k) + 0.5) / kQuantiles));
    }
  const std::size_t row = running.size() * kQuantiles;
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    if (i % row >= kQuantiles) quantiles[i] = std::max(quantiles[i], quantiles[i - kQuantiles]);
    if (i >= row) quantiles[i] = std::max(quantiles[i], quantiles[i - row]);
  }
}

double BootSurface::at(std::size_t f, std::size_t r, double rank) const {
  const double* const q = &quantiles[(f * running.size() + r) * kQuantiles];
  const double where = std::clamp(rank * kQuantiles - 0.5, 0.0, kQuantiles - 1.0);
  const auto below = static_cast<std::size_t>(where);
  if (below + 1 == kQuantiles) return q[below];
  return q[below] + (q[below + 1] - q[below]) * (where - static_cast<double>(below));
}

double BootSurface::latency_ns(double flights, double population, double rank) const {
  const auto [f, df] = between(in_flight, flights);
  const auto [r, dr] = between(running, population);
  double value = at(f, r, rank);
  if (df == 0 && dr == 0) return value;
  const double more = dr > 0 ? at(f, r + 1, rank) : value;
  value += (more - value) * dr;
  if (df == 0) return value;
  const double wider = at(f + 1, r, rank);
  const double both = dr > 0 ? at(f + 1, r + 1, rank) : wider;
  return value + (wider + (both - wider) * dr - value) * df;
}

Surface closed_form(const StackFile& stack, const MachineFile& machine, const Draws& draws) {
  Surface out;
  const BootPlan plan = boot_plan(stack, machine, draws);
  out.memory = footprint(stack, machine, draws);
  out.host_memory = std::llround(draws(machine.memory));
  out.host_cores = machine.cores;
  const auto ends = alone(plan, machine, draws);
  out.alone_ns = ends.empty() ? 0 : *std::max_element(ends.begin(), ends.end());
  out.boot_cores = out.alone_ns > 0 ? cpu_of(plan) / out.alone_ns : 0;
  Issues none;
  const WorkloadFile work = single(Op::compute);
  const StackModel model(stack, machine, work, none);
  out.housekeeping = model.housekeeping(draws);
  out.slowdown = stretched(solve(model.system(draws)).latency, out.housekeeping);
  return out;
}

Surface measure_surface(const StackFile& stack, const MachineFile& machine, const Draws& draws,
                        const SurfaceDetail& asked, int jobs, const SurfaceCache& cache) {
  const BootPlan plan = boot_plan(stack, machine, draws);
  HostNumbers host = host_numbers(machine, draws);
  host.launch = host.between = 0;  // a fleet's starts arrive by themselves, no shell asks for them
  SurfaceDetail detail = asked;
  if (std::none_of(plan.phases.begin(), plan.phases.end(),
                   [](const PlanPhase& p) { return p.per_running > 0; }))
    detail.running = {0};
  Surface out = closed_form(stack, machine, draws);
  out.boot = cache.get(inputs_of(plan, stack.vcpus, host, draws.seed, detail),
                       [&] { return play_all(plan, stack, host, draws, detail, jobs); });
  return out;
}

}  // namespace strata
