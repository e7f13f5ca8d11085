#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "real-harness/application/life.h"
#include "real-harness/measuring/measure.h"

namespace strata {

struct ServicePlan {
  std::vector<Runner*> runners;  ///< all take images
  Application application;
  Load load;
  std::string machine;
  std::string workload;                    ///< its id in the records
  std::chrono::milliseconds life{60'000};  ///< a life that takes longer is ended: timeout
  int warm_ups = 1;
  Sampling sampling;
  /// No life begins after it.
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
};

struct ServiceMeasurement {
  Measurement measured;
  std::vector<std::string> remarks;  ///< for a person, one line each
};

/// Runs rounds, each one life under load in every runner, until every metric of a runner is done as
/// `sampling` says or the time is over. Metrics are boot.first_answer, memory.loaded.pss and what
/// the load reports. Every sample becomes a record, warm-ups, disturbed ones and failures as well.
ServiceMeasurement measure(const ServicePlan& plan,
                           const std::function<void(const Standing&)>& told);

/// One life of the application in a runner; whatever goes wrong is its outcome.
ServedLife live(Runner& runner, const ServicePlan& plan, bool counted);

}  // namespace strata
