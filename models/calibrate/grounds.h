#pragma once

#include <vector>

#include "models/calibrate/predict.h"
#include "models/layers/stack_model.h"

namespace strata {

/// What an answer rests on: every sourced number that enters it, each once.
std::vector<Ground> grounds_of_model(const StackModel& model);
std::vector<Ground> grounds_of_boot(const StackFile& stack, const MachineFile& machine);
std::vector<Ground> grounds_of_memory(const StackFile& stack);

/// The published rows that the words of a source name.
std::vector<std::string> rows_named(const Source& source, const Published& published);

/// The experiment a published row came from: its source's key and its table.
std::string experiment_of(const PublishedRow& row);
/// The key of its paper or repository: what stands before the row's number.
std::string paper_of(const std::string& id);

}  // namespace strata
