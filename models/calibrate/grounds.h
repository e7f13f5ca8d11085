#pragma once

#include <vector>

#include "models/calibrate/predict.h"
#include "models/layers/stack_model.h"

namespace strata {

/// What an answer rests on: every sourced number that enters it, each once.
std::vector<Ground> grounds_of_model(const StackModel& model);
/// `in_company`: with what starts that are not alone share, too.
std::vector<Ground> grounds_of_boot(const StackFile& stack, const MachineFile& machine,
                                    bool in_company);
std::vector<Ground> grounds_of_memory(const StackFile& stack);

/// The published rows a source names, wherever they stand in its words.
std::vector<std::string> rows_named(const Source& source, const Published& published);

/// "unikraft21" of "unikraft21-0150": which paper or repository a row is from.
std::string paper_of(const std::string& id);

/// Rows of one paper and one table were measured together.
std::string experiment_of(const PublishedRow& row);

}  // namespace strata
