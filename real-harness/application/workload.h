#pragma once

#include <string>
#include <vector>

#include "real-harness/application/life.h"

namespace strata {

/// Under what the lives of a workload were seen: part of every number's source.
struct WorkloadOrigin {
  std::string title;
  std::string machine;
  std::string day;   ///< YYYY-MM-DD
  std::string load;  ///< the command
};

/// A workload file: what one request asks of the layer beneath. Values are medians over the lives,
/// low and high their least and greatest; what was never asked for is left out. Precondition: there
/// is at least one life, and all are ok, counted and say how many requests were answered.
std::string workload_toml(const std::vector<ServedLife>& lives, const WorkloadOrigin& origin);

}  // namespace strata
