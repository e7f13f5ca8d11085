#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/base/issue.h"

namespace strata {

/// The command that loads the application from the peer's side of the wire.
struct Load {
  std::string text;               ///< as it was given
  std::vector<std::string> argv;  ///< argv[0] is a path, {host} and {port} are replaced
  bool is_wrk = false, is_h2load = false;
};

/// Cuts the command into words as a shell does with quotes and backslashes, and nothing else of a
/// shell. What is wrong becomes issues.
std::optional<Load> read_load(const std::string& text, int port, Issues& issues);

/// One number a load generator reports.
struct LoadMetric {
  std::string name, statistic, unit;
  double value = 0;
};

/// What a load that ended well says of itself.
struct LoadReport {
  std::vector<LoadMetric> metrics;
  double requests = 0;  ///< answered; 0: it does not say
  std::string remark;   ///< what a person should know, in one line; mostly empty
  std::string failure;  ///< why these are no numbers; mostly empty
};

/// Of wrk and h2load what these print (wrk.h, h2load.h). Of any other command its wall time as
/// `load.time`, and every line of three words `name value unit`, where `requests N 1` says how many
/// were answered.
LoadReport report_of(const Load& load, const std::string& output, double seconds);

}  // namespace strata
