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
std::vector<Ground> grounds_of_programs(const StackFile& stack, const MachineFile& machine,
                                        const WorkloadFile& workload);
std::vector<Ground> grounds_of_memory(const StackFile& stack);

/// The published rows a source names, wherever they stand in its words.
std::vector<std::string> rows_named(const Source& source, const Published& published);

/// Whether two rows were measured together, so that neither says anything of the other: one paper
/// and one table, or one paper, machine and quantity and the same stack, perhaps with the
/// application named beside it.
bool one_experiment(const PublishedRow& a, const PublishedRow& b);

}  // namespace strata
