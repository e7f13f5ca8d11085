#pragma once

#include <string>

#include "real-harness/application/load.h"

namespace strata {

/// What h2load (nghttp2) printed at its end, as metrics: request.throughput (1/s) and
/// request.latency (us, the mean). Requests that failed, errored or timed out and answers other
/// than 2xx and 3xx are a failure, and so is output that lacks one of these lines.
LoadReport read_h2load(const std::string& output);

}  // namespace strata
