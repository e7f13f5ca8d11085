#pragma once

#include "models/layers/boot.h"
#include "models/layers/stack_model.h"
#include "models/study/workload_file.h"

namespace strata {

/// The stack with the memory that a workload says its application holds, instead of that of the
/// small server its file has in mind. Anonymous pages are the instance's own. Pages of files are
/// shared among instances where the stack's own application shares some, else each has copies.
/// Without a workload, or without its memory: the stack as it is.
StackFile holding(const StackFile& stack, const WorkloadFile* workload);

/// Adds to a start the run that makes the application ready, alone on its processor once everything
/// else is done: what the model says one such run takes.
void append_run(BootPlan& plan, const StackModel& run, const Draws& draws);

}  // namespace strata
