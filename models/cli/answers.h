#pragma once

#include <nlohmann/json.hpp>

#include "models/layers/stack_model.h"
#include "models/study/stack_file.h"

namespace strata {

/// What `strata show STACK --json` prints: layers from the top down, and every number with its
/// source.
nlohmann::ordered_json shown(const StackFile& stack);

/// What `strata explain STACK WORKLOAD --json` prints: the walk of one unit of the model's workload
/// through the layers at stated parameters, latencies and CPU times in ns, and their totals.
nlohmann::ordered_json explained(const StackModel& model);

}  // namespace strata
