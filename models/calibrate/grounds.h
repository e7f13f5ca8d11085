#pragma once

#include <vector>

#include "models/calibrate/predict.h"
#include "models/layers/stack_model.h"

namespace strata {

/// What an answer rests on: every sourced number that enters it, each once.
std::vector<Ground> grounds_of_model(const StackModel& model);
std::vector<Ground> grounds_of_boot(const StackFile& stack, const MachineFile& machine);
std::vector<Ground> grounds_of_memory(const StackFile& stack);

}  // namespace strata
