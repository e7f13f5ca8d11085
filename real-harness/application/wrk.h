#pragma once

#include <optional>
#include <string>

#include "real-harness/application/load.h"

namespace strata {

/// What wrk 4 printed at its end, as metrics: request.throughput (1/s), request.latency (us, the
/// mean) and, where it was called with --latency, request.latency.p50 and .p99. Answers other than
/// 2xx and 3xx are a failure, and so is output that lacks one of these lines.
LoadReport read_wrk(const std::string& output);

/// "635.00us", "1.20ms", "2.00s", "1.5m" or "1.0h", as wrk and h2load write durations, in us.
std::optional<double> duration_in_us(const std::string& text);

}  // namespace strata
