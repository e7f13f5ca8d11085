#pragma once

#include <functional>

#include "models/calibrate/predict_load.h"
#include "models/calibrate/predict_way.h"
#include "models/layers/stack_model.h"

namespace strata {

/// A number out of a stack's model at one draw of the parameters.
using FromModel = std::function<double(const StackModel&, const Draws&)>;

/// The way of a question whose workload is this one; it keeps the workload.
Way through_layers(const Question& q, WorkloadFile workload, const FromModel& answer);

/// The same where threads that sleep have to be woken: refused on a machine that does not say what
/// that takes.
Way through_wakers(const Question& q, WorkloadFile workload, const Wakers& wakers,
                   const FromModel& answer);
/// Units of a workload whose client is described: server, client and the network between them,
/// with so many units in flight (Question::depth).
Way way_of_client(const Question& q);

/// A workload of one operation with a payload.
WorkloadFile sized(Op op, double bytes);

}  // namespace strata
