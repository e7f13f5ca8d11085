#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "models/calibrate/fit.h"
#include "models/study/catalog.h"

namespace strata {

/// One number that was seen, and what of ours predicts it. The files must outlive it.
struct Seen {
  Observation observation;
  const StackFile* stack = nullptr;
  const MachineFile* machine = nullptr;
  std::string workload;  ///< of request.*; else empty
  std::string metric, statistic;
  int parallel = 0;
};

/// What records say of stacks and machines we have, and why the others do not count.
struct SeenData {
  std::vector<Seen> seen;
  std::map<std::string, int> left_out;  ///< reason -> records
};

/// A median that was measured: what a measured set says of one stack and metric.
struct MeasuredMedian {
  std::string id;  ///< "results/measured/SET: STACK METRIC, n = N"
  std::string stack, machine, accel, clock, metric;
  double value = 0;
  double sigma = 0;  ///< standard error of its logarithm
};

/// Adds one measured median, or the reason it does not count. `error` is the model's own: the
/// standard deviation of the logarithm that a prediction may be off by.
void add(SeenData& data, const Catalog& catalog, const MeasuredMedian& median, double error);
/// Adds one published row as the mapping says it is ours, or the reason it does not count.
void add(SeenData& data, const Catalog& catalog, const Comparison& row, double error);

/// The numbers that may move a prediction of these data by a twentieth of its standard error or
/// more within their ranges; exact zeros and numbers without a range may not. `idle` is how many
/// others there are.
std::vector<Prior> priors_of(const SeenData& data, const Catalog& catalog, int jobs, int& idle);
/// The stack's and machine's numbers by id.
std::map<std::string, Sourced<Quantity>> numbers_of(const SeenData& data);

/// Predicts these data: operations by the closed form, one start alone by the longest path, starts
/// in parallel by playing the host in forked workers, `jobs` at a time.
Predict predictor(const SeenData& data, const Catalog& catalog, const std::vector<Prior>& priors,
                  int jobs);

/// Whether some of these data are predicted by playing the host.
bool is_simulated(const SeenData& data);

/// The metrics that can be fitted to, for messages.
const std::vector<std::string>& fitted_metrics();

}  // namespace strata
