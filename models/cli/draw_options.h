#pragma once

#include <CLI/App.hpp>
#include <algorithm>
#include <thread>

#include "models/calibrate/predict.h"

namespace strata {

/// The options of a command that draws parameters and simulates starts. By default every processor
/// simulates. `plan` must live as long as the command.
inline void add_draw_options(CLI::App& command, DrawPlan& plan) {
  plan.jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  command.add_option("--draws", plan.draws, "of the parameters, a Latin hypercube")
      ->check(CLI::Range(20, 100000))
      ->capture_default_str();
  command.add_option("--repetitions", plan.repetitions, "of the starts of each draw")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--seed", plan.seed, "of draws and starts")->capture_default_str();
  command.add_option("--jobs", plan.jobs, "simulations at a time")->check(CLI::Range(1, 1024));
}

}  // namespace strata
