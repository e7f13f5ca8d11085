#include "real-harness/application/h2load.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <sstream>

#include "real-harness/application/wrk.h"

namespace strata {

LoadReport read_h2load(const std::string& output) {
  LoadReport report;
  std::optional<double> throughput, mean;
  double failed = 0, errored = 0, late = 0, fine = -1, moved = 0;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    double total = 0, value = 0;
    char low[32], high[32], middle[32];
    if (std::sscanf(line.c_str(), "finished in %*[^,], %lf req/s", &value) == 1) throughput = value;
    std::sscanf(line.c_str(),
                "requests: %lf total, %*f started, %*f done, %lf succeeded, %lf failed, %lf "
                "errored, %lf timeout",
                &total, &report.requests, &failed, &errored, &late);
    std::sscanf(line.c_str(), "status codes: %lf 2xx, %lf 3xx", &fine, &moved);
    if (std::sscanf(line.c_str(), "time for request: %31s %31s %31s", low, high, middle) == 3)
      mean = duration_in_us(middle);
  }
  if (failed + errored + late > 0)
    report.failure =
        fmt::format("{:.0f} requests failed, {:.0f} errored, {:.0f} took too long (h2load)", failed,
                    errored, late);
  else if (!throughput || !mean || fine < 0)
    report.failure = "h2load did not print how long it took, status codes and time for request";
  else if (fine + moved != report.requests)
    report.failure = fmt::format("{:.0f} of {:.0f} answers were neither 2xx nor 3xx",
                                 report.requests - fine - moved, report.requests);
  else if (report.requests < 1)
    report.failure = "no request was answered";
  if (!report.failure.empty()) return report;
  report.metrics = {{"request.throughput", "value", "1/s", *throughput},
                    {"request.latency", "mean", "us", *mean}};
  return report;
}

}  // namespace strata
