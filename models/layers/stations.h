#pragma once

#include <optional>
#include <vector>

#include "models/layers/stack_model.h"

namespace strata {

/// How many notifications a packet causes on average, where its ring may do without: what a load
/// says in place of the workload's batch.
struct Notifications {
  double kicks = 1;       ///< of the back end by the guest
  double interrupts = 1;  ///< of the guest by the back end
};

/// The work of one unit of the workload, ns, where it is done: stations that serve one at a time.
struct Stations {
  double caller = 0;   ///< the instance's own processor
  double backend = 0;  ///< the thread that serves the instance's devices
};

/// A unit's work by station at one draw of the parameters. What is not waited for is the back
/// end's, with all that it causes in turn; what is raised to a layer of the guest comes back to the
/// instance's processor.
class Split {
 public:
  /// With a `deliver` (ns) the other end is a process beside the instance: it is spent wherever a
  /// packet leaves the last layer, and no packet goes on to the machine. Keeps nothing of the
  /// model.
  Split(const StackModel& model, const Draws& draws, std::optional<double> deliver);
  Stations at(const Notifications& under_load) const;

 private:
  enum class Kind { always, kick, interrupt };
  struct Link {
    int from = 0, to = 0;
    double count = 0;
    Kind kind = Kind::always;
    bool asynchronous = false, to_guest = false;
  };
  Eigen::Index size_ = 0;
  std::vector<Link> links_;
  Eigen::VectorXd waited_, worked_;  ///< ns of each operation: to its caller, of CPU time
};

}  // namespace strata
