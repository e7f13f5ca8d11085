#include "models/study/cost_file.h"

#include "models/study/reader.h"

namespace strata {

const std::vector<CostKey>& cost_keys() {
  static const std::vector<CostKey> kKeys = {
      {"server_usd", "one server, bought"},
      {"server_years", "until it is written off"},
      {"infrastructure", "hall, cooling and network, per USD of servers"},
      {"idle_watts", "of one server with nothing to do"},
      {"busy_watts", "of one server with all cores busy"},
      {"pue", "power of the hall per power of its servers"},
      {"kwh_usd", "a kilowatt-hour"},
      {"kwh_gco2", "g of CO2 of a kilowatt-hour"},
      {"embodied_kg", "kg of CO2 of making one server"},
      {"cpu_share", "of a call's time for which it uses a core"},
      {"gb_second_usd", "what a provider asks for a GB-second"},
      {"million_calls_usd", "what a provider asks for a million calls"},
  };
  return kKeys;
}

CostFile read_costs(const Node& node, const std::string& id, Issues& issues) {
  Reader reader(node, issues);
  CostFile out;
  out.id = id;
  out.place = node.place;
  out.title = reader.text("title");
  for (const CostKey& known : cost_keys()) {
    const auto number = reader.required<Ratio>(known.key);
    if (number.low.value < 0) reader.issue(known.key, "must not be negative: " + known.meaning);
    out.numbers.emplace(known.key, number);
  }
  return out;
}

}  // namespace strata
