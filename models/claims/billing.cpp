#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "models/claims/play.h"
#include "models/fleet/bursts.h"
#include "models/host/footprint.h"

namespace strata {
namespace {

constexpr double kHoursOfYear = 8766;

std::vector<Tariff> tariffs_of(const Catalog& catalog) {
  Issues issues;
  auto out = read_tariffs(catalog.home / "workloads" / "tariffs.csv", issues);
  if (!issues.empty()) throw std::invalid_argument(print(issues.front()));
  return out;
}

/// What the fleet's servers cost an hour: as many as hold its most memory, or run its most calls.
double servers_usd(const BurstUse& use, const PlayPoint& at, const CostFile& costs, double each_mib,
                   double cpu_share) {
  const auto cost = [&](const char* key) { return at.draws(costs.at(key)); };
  const double cores = at.machine->cores;
  const double host_mib = at.draws(at.machine->memory) / (1 << 20);
  const double servers =
      std::max(use.most_loaded * each_mib / host_mib, use.most_running * cpu_share / cores);
  const double used = std::min(1.0, use.mean_running * cpu_share / (servers * cores));
  const double idle = cost("idle_watts"), busy = std::max(idle, cost("busy_watts"));
  const double power = (idle + (busy - idle) * used) / 1000 * cost("pue") * cost("kwh_usd");
  return servers * (cost("server_usd") / (cost("server_years") * kHoursOfYear) *
                        (1 + cost("infrastructure")) +
                    power);
}

/// The tariffs on offer, and which of them is asked about.
struct Market {
  std::vector<Tariff> tariffs;
  std::string wanted, without;
  const CostFile* costs = nullptr;
};

Market market_of(const ClaimPlay& play, const Catalog& catalog) {
  Market out{tariffs_of(catalog), play.choices.at("tariff"), play.choices.at("without"), nullptr};
  std::vector<std::string> known;
  for (const Tariff& t : out.tariffs) known.push_back(t.id);
  for (const std::string& text : {out.wanted, out.without})
    if (std::find(known.begin(), known.end(), text) == known.end())
      throw std::invalid_argument(
          fmt::format("'{}' is no tariff{}", text, suggest(text, known, 60)));
  const std::string& costs = play.choices.at("costs");
  const auto found = catalog.costs.find(costs);
  if (found == catalog.costs.end())
    throw std::invalid_argument(
        fmt::format("'{}' is no file of costs{}", costs, suggest(costs, ids(catalog.costs), 60)));
  out.costs = &found->second;
  return out;
}

PlayAnswers play_point(const ClaimPlay& play, const Market& market, const PlayPoint& at) {
  const auto number = [&](const char* key) { return at.draws(play.numbers.at(key)); };
  const auto mib = [&](const char* key) { return number(key) / (1 << 20); };
  BurstSpec spec;
  spec.functions = static_cast<std::uint32_t>(number("functions"));
  spec.duty = at.value / 1000;
  spec.burst_s = number("burst") * 1e-9;
  spec.call_s = number("call") * 1e-9;
  spec.together = std::min(1.0, number("together"));
  spec.reclaim_s = number("reclaim") * 1e-9;
  spec.seed = play.seed;
  const BurstUse use = play_bursts(spec, market.tariffs);
  const double stack_mib =
      static_cast<double>(footprint(*at.stack, *at.machine, at.draws).marginal) / (1 << 20);
  const double cpu_share = std::min(1.0, at.draws(market.costs->at("cpu_share")));
  // A server that is always on is one a function, whose calls never overlap.
  FunctionUse one = use.all;
  one.most_at_once = {1};
  double asked = 0, others = 0;
  for (std::size_t t = 0; t < market.tariffs.size(); ++t) {
    const Tariff& tariff = market.tariffs[t];
    if (tariff.id == market.without) continue;
    // Where CPU comes with memory, so much is bought that a call computes as fast.
    double least = mib("function_memory");
    if (tariff.kind == Tariff::Kind::call)
      least = std::max(least, mib("call_memory_a_core") - stack_mib);
    if (tariff.kind == Tariff::Kind::always)
      least = std::max(least, mib("hour_memory_a_core") - stack_mib);
    FunctionSpec bought;
    bought.mib = static_cast<std::uint32_t>(std::lround(least));
    double usd = bill(tariff, t, bought, one, use.span_us, stack_mib, cpu_share).usd;
    if (tariff.kind == Tariff::Kind::always) usd *= spec.functions;
    if (tariff.id == market.wanted)
      asked = usd;
    else if (others == 0 || usd < others)
      others = usd;
  }
  const double hours = static_cast<double>(use.span_us) / 3600e6;
  return {{"price.tariff", asked / hours},
          {"price.others", others / hours},
          {"cost.servers",
           servers_usd(use, at, *market.costs, mib("function_memory") + stack_mib, cpu_share)}};
}

}  // namespace

// Functions that come in bursts, under tariffs of workloads/tariffs.csv. The points are duties: of
// 1000 minutes, those in which a function's calls run.
PlayKind billing_play() {
  return {"billing",
          "functions in bursts: what one tariff asks against others, and against what servers cost",
          {{"functions", Dimension::ratio},
           {"function_memory", Dimension::bytes},
           {"burst", Dimension::time},
           {"call", Dimension::time},
           {"together", Dimension::ratio},
           {"reclaim", Dimension::time},
           {"call_memory_a_core", Dimension::bytes},
           {"hour_memory_a_core", Dimension::bytes}},
          {"tariff", "without", "costs"},
          {},
          {"price.tariff", "price.others", "cost.servers"},
          [](const ClaimPlay& play, const Catalog& catalog) {
            return [&play, market = market_of(play, catalog)](const PlayPoint& at) {
              return play_point(play, market, at);
            };
          }};
}

}  // namespace strata
