#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/base/sourced.h"
#include "models/study/node.h"

namespace strata {

/// One thing a fleet's bill rests on. Money and energy have no dimension of their own: the unit is
/// part of the key.
struct CostKey {
  std::string key;
  std::string meaning;
};
const std::vector<CostKey>& cost_keys();

/// What a server costs to buy, house and power, and what providers ask, as a file in
/// workloads/costs states it: every one of cost_keys() with its range and source.
struct CostFile {
  std::string id;
  std::string title;
  std::map<std::string, Sourced<Ratio>> numbers;
  Place place;

  const Sourced<Ratio>& at(const std::string& key) const { return numbers.at(key); }
};

CostFile read_costs(const Node& node, const std::string& id, Issues& issues);

}  // namespace strata
