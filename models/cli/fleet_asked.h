#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/cli/command.h"
#include "models/fleet/carbon.h"
#include "models/fleet/evictions.h"
#include "models/study/cost_file.h"
#include "models/study/keep_alive.h"

namespace strata {

/// What a question about a fleet names, found. WrongInput says what is wrong and what is known.

struct KeepAliveAsked {
  std::string text;
  const KeepAlivePolicy* policy = nullptr;
  std::int64_t us = 0;
};

/// A policy's id, or id and time, such as fixed:20 min.
KeepAliveAsked keep_alive_of(const Catalog& catalog, const std::string& text);
const EvictionPolicy& eviction_of(const std::string& id);
const CostFile& costs_of(const Catalog& catalog, const std::string& id);

/// The hours of a file as read_carbon() has them; none where no file is named.
CarbonHours carbon_of(const std::string& file, const std::string& zone,
                      std::optional<std::int64_t> from);

/// Lets a scenario ask also for what failures did.
void ask_for_outages(Scenario& scenario);

}  // namespace strata
