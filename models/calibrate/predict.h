#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/calibrate/between.h"
#include "models/study/catalog.h"

namespace strata {

/// A metric that can be asked for, or one that people ask for and no stack states yet.
struct PredictMetric {
  std::string name;
  std::string unit;
  std::string meaning;
  std::string lacks;  ///< why it cannot be predicted; empty: it can
};
const std::vector<PredictMetric>& predict_metrics();

/// The unit of a metric's answer, or nothing.
std::string unit_of_prediction(const std::string& metric);

/// One number somebody wants to know. The files must outlive it.
struct Question {
  const StackFile* stack = nullptr;
  const MachineFile* machine = nullptr;
  const WorkloadFile* workload = nullptr;  ///< nothing: the metric's own operation
  const StackFile* client = nullptr;       ///< what the workload's client runs on, if it has one
  std::string metric;
  std::optional<double> quantile = 0.5;  ///< of what has a distribution; nothing: its mean
  int running = 0;                       ///< instances that are already there
  int parallel = 1;                      ///< starts kept in flight
  int burst = 0;                         ///< starts at the same instant; 0: kept in flight
  double memory = 0;                     ///< density: bytes to fill; 0: the machine's.
                                         ///< snapshot.save, migrate.total: the guest's; 0: the
                                         ///< least that holds it
  std::optional<double> dirty;           ///< migrate.total: memory the guest writes anew, B/s
  double size = 0;  ///< bytes of one block or packet; 0: 4 KiB, and 64 B for packets
  int depth = 1;    ///< requests kept in flight: of block.*, and of a workload with a client
};

/// How the ranges of the parameters are gone through.
struct DrawPlan {
  int draws = 64;       ///< of the parameters, a Latin hypercube
  int repetitions = 4;  ///< of what is random from start to start, for each draw
  std::uint64_t seed = 1;
  int jobs = 1;
  /// The overlay whose numbers hang together, and are this laboratory's own; nothing: none. It must
  /// outlive the plan.
  const Overlay* overlay = nullptr;
  /// How far other laboratories' numbers differ, by kind of quantity; empty: not gone through.
  std::map<std::string, Between> laboratories = {};
};

/// The plan with what the catalog says of overlay and laboratories.
DrawPlan drawn_with(DrawPlan plan, const Catalog& catalog);

/// A number an answer rests on.
struct Ground {
  std::string what;  ///< its name
  Source source;
};

struct Prediction {
  double value = 0;           ///< every parameter as stated
  double low = 0, high = 0;   ///< 5th and 95th percentile over the draws
  std::string unit;           ///< of the three
  std::vector<Ground> rests;  ///< each number once
  double assumed_share = 0;   ///< of the time or bytes, resting on assumed numbers
  std::vector<double> draws;  ///< by draw
  std::string lacks;          ///< why there is no value; empty: there is
};

/// What the client of a question's workload runs on: nothing without a client, or where the catalog
/// does not know it.
const StackFile* client_of(const WorkloadFile* workload, const Catalog& catalog);

/// Answers each question; those about the same starts share one simulation. What a stack cannot
/// express has a sentence in `lacks` and no value. Two questions draw the numbers they share alike.
std::vector<Prediction> predict(const std::vector<Question>& questions, const DrawPlan& sampling);

/// Why an answer lies outside what the model was ever held against, one sentence each; empty:
/// inside. The envelope of a metric is spanned by the published rows mapped to it (the project's
/// own measured machines are not yet in it), those of another workload left out: their stacks, and
/// from the least to the largest clock, cores, starts in flight, block or packet, and depth.
std::vector<std::string> outside(const Question& question, const Catalog& catalog);

/// A machine nobody has described, out of "cores=4,ghz=3.7,memory=128GiB,year=2014,
/// mitigations=off". What is not said is as on the described machine nearest in year, whose prices
/// of crossings are scaled by the clock and counted as assumed.
MachineFile inline_machine(const std::string& text, const Catalog& catalog, Issues& issues);

/// The name rows of records have for a metric, or the name itself.
std::string canonical_metric(const std::string& metric);

}  // namespace strata
