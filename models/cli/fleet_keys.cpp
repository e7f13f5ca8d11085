#include "models/cli/fleet_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "models/cli/command.h"
#include "models/study/trace_files.h"

namespace strata {

void set_fleet_key(Scenario& scenario, const std::string& text) {
  const auto at = text.find('=');
  const std::string key = text.substr(0, at);
  std::vector<std::string> values;
  for (std::size_t begin = at; at != std::string::npos && begin != std::string::npos;) {
    const auto end = text.find(',', begin + 1);
    values.push_back(text.substr(begin + 1, end == std::string::npos ? end : end - begin - 1));
    begin = end;
  }
  const auto wrong = [&](const std::string& expected) {
    throw WrongInput(fmt::format("--set {}: expected {}", text, expected));
  };
  if (values.empty() || values.front().empty()) wrong("KEY=VALUE[,VALUE...]");
  FleetQuestion& fleet = *scenario.fleet;
  const std::map<std::string, std::vector<std::string>*> lists = {{"stack", &scenario.stacks},
                                                                  {"machine", &scenario.machines},
                                                                  {"keep_alive", &fleet.keep_alive},
                                                                  {"arrivals", &fleet.arrivals},
                                                                  {"calls", &fleet.calls}};
  const std::map<std::string, std::string*> texts = {
      {"trace", &fleet.trace}, {"policy", &fleet.policy}, {"costs", &fleet.costs}};
  const std::map<std::string, std::vector<std::string>> allowed = {
      {"arrivals", {"uniform", "bursty"}}, {"calls", {"whole", "without_largest"}}};
  if (const auto list = lists.find(key); list != lists.end()) {
    if (const auto known = allowed.find(key); known != allowed.end())
      for (const std::string& value : values)
        if (std::find(known->second.begin(), known->second.end(), value) == known->second.end())
          wrong(fmt::format("another value than '{}'{}", value, suggest(value, known->second)));
    *list->second = values;
    return;
  }
  if (values.size() > 1) wrong("one value");
  if (const auto one = texts.find(key); one != texts.end()) {
    *one->second = values.front();
    return;
  }
  const auto value = number<double>(values.front());
  if (key == "hosts") {
    const auto hosts = number<int>(values.front());
    if (!hosts || *hosts < 1) wrong("a number of hosts from 1");
    fleet.hosts = *hosts;
  } else if (key == "fill") {
    if (!value || !(*value > 0 && *value <= 1)) wrong("a share of the cores, to 1");
    fleet.fill = *value;
  } else if (key == "slo") {
    if (!value || !(*value >= 1)) wrong("at least 1");
    fleet.slo = *value;
  } else {
    std::vector<std::string> known = {"hosts", "fill", "slo"};
    for (const auto& entry : lists) known.push_back(entry.first);
    for (const auto& entry : texts) known.push_back(entry.first);
    throw WrongInput(fmt::format("--set {}: '{}' is no key that can be set{}", text, key,
                                 suggest(key, known, 60)));
  }
}

}  // namespace strata
