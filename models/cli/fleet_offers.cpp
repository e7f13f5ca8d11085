#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/cli/fleet.h"
#include "models/cli/text_table.h"
#include "models/fleet/churn.h"
#include "models/fleet/offers.h"

namespace strata {
namespace {

struct Options {
  std::uint32_t hosts = 1000, frameworks = 4;
  double interval = 1, filter = 5, patience = 60;  ///< s
  std::string policy = "first-fit";
  bool json = false;
};

/// FLEET-CHURN, whose machines ask one framework after the other.
class InTurn final : public VmSource {
 public:
  explicit InTurn(std::uint32_t hosts) : churn_(hosts) {}
  bool next(VmRequest& out) override {
    if (!churn_.next(out)) return false;
    out.batch = count_++;
    return true;
  }

 private:
  ChurnVms churn_;
  std::uint32_t count_ = 0;
};

void offers(const Options& o, Home& home) {
  const auto ms = [](double s) { return static_cast<std::int64_t>(std::llround(s * 1000)); };
  if ((o.interval == 0) != (o.patience == 0))
    throw WrongInput(
        "--interval 0 places at once or not at all: needs --patience 0, and the reverse");
  const OfferSpec spec{o.frameworks, ms(o.interval), ms(o.filter), ms(o.patience),
                       policy_of(home.catalog(), o.policy)};
  InTurn source(o.hosts);
  const OfferTotals t = place_by_offers(source, churn_fleet(o.hosts), spec);
  const double mean = t.wait.mean() / 1000, p99 = t.wait.quantile(0.99) / 1000;
  if (o.json) {
    std::cout
        << nlohmann::
               ordered_json{{"workload", "FLEET-CHURN v0"},
                            {"hosts", o.hosts},
                            {"frameworks", o.frameworks},
                            {"policy", o.policy},
                            {"arrived", t.fleet.arrived},
                            {"placed", t.fleet.placed},
                            {"rejected", t.fleet.rejected},
                            {"peak_running", t.fleet.peak_running},
                            {"wait_mean_s", mean},
                            {"wait_p99_s", p99},
                            {"rounds", t.rounds},
                            {"offered", t.offered},
                            {"refused", t.refused},
                            {"placement_hash", fmt::format("{:016x}", t.fleet.placement_hash)}}
                   .dump(2)
        << "\n";
    return;
  }
  std::cout << fmt::format(
      "FLEET-CHURN v0: {} hosts, {} virtual machines of {} frameworks, offers every {} s, filter "
      "{} s, {}\n\n",
      o.hosts, t.fleet.arrived, o.frameworks, o.interval, o.filter, o.policy);
  TextTable table({"", ""});
  table.row({"placed", fmt::format("{}", t.fleet.placed)});
  table.row({"rejected", fmt::format("{}", t.fleet.rejected)});
  table.row({"most running at a time", fmt::format("{}", t.fleet.peak_running)});
  table.row({"wait, mean s", compact(mean, 4)});
  table.row({"wait, p99 s", compact(p99, 4)});
  table.row({"hosts offered", fmt::format("{}", t.offered)});
  table.row({"and refused", fmt::format("{}", t.refused)});
  table.row({"placement hash", fmt::format("{:016x}", t.fleet.placement_hash)});
  std::cout << table.print()
            << "\nbalanced: arrived = ended + rejected; every host is empty again; core and memory "
               "time of the\nfleet are those of its machines\n";
}

}  // namespace

void add_fleet_offers(CLI::App& fleet, Home& home) {
  auto* command = fleet.add_subcommand(
      "offers", "place FLEET-CHURN by two-level resource offers, as Mesos does: waits, refusals");
  auto o = std::make_shared<Options>();
  const auto seconds = CLI::Range(0.0, 1e6);
  command->add_option("--hosts", o->hosts)->check(CLI::Range(1, 100'000))->capture_default_str();
  command->add_option("--frameworks", o->frameworks, "that machines ask in turn")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--interval", o->interval, "s between offers (Mesos: 1); 0: at each request")
      ->check(seconds)
      ->capture_default_str();
  command->add_option("--filter", o->filter, "s for which a refusal holds (Mesos: 5)")
      ->check(seconds)
      ->capture_default_str();
  command->add_option("--patience", o->patience, "s that a machine waits before it is rejected")
      ->check(seconds)
      ->capture_default_str();
  command->add_option("--policy", o->policy, "of each framework")->capture_default_str();
  command->add_flag("--json", o->json, "for programs");
  command->callback([o, &home] { offers(*o, home); });
}

}  // namespace strata
