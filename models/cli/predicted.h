#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "models/calibrate/predict.h"
#include "models/cli/command.h"

namespace strata {

/// What `strata predict` is asked, as a person says it. An empty text or a zero: not said.
struct PredictOptions {
  std::string stack, metric, machine = kDefaultMachine, workload, memory, size, dirty;
  std::optional<double> quantile;
  int running = 0, parallel = 0, burst = 0, depth = 1;
  DrawPlan sampling;
};

/// The answer, with the keys that `strata predict --json` prints. WrongInput says what is wrong and
/// what is known, or why the stack cannot express the metric.
nlohmann::ordered_json predicted(const PredictOptions& asked, Home& home);

}  // namespace strata
