#include "models/claims/measured.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "models/base/random.h"

namespace strata {
namespace {

constexpr int kResamples = 200;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

}  // namespace

MeasuredSample measured_sample(const std::vector<Record>& rows, const std::string& stack,
                               const std::string& metric) {
  MeasuredSample out;
  std::vector<double> values;
  for (const Record& row : rows) {
    if (row.stack != stack || row.metric != metric || row.outcome != "ok" ||
        row.origin != "measured" || row.parallel > 1 || row.burst > 0)
      continue;
    values.push_back(row.value);
    out.accel = row.accel;
    out.clock = row.clock;
  }
  if (values.empty())
    throw std::invalid_argument(
        fmt::format("the measured set has no undisturbed {} of {}", metric, stack));
  out.rows = values.size();
  out.sample.value = median(values);
  // A stream a stack: what two stacks measured has nothing in common.
  Stream draws(1, "claims.measured." + stack + "." + metric);
  for (int i = 0; i < kResamples; ++i) {
    std::vector<double> again;
    for (std::size_t k = 0; k < values.size(); ++k)
      again.push_back(
          values[static_cast<std::size_t>(draws.uniform() * static_cast<double>(values.size()))]);
    out.sample.draws.push_back(median(std::move(again)));
  }
  return out;
}

}  // namespace strata
