#include "real-harness/application/wrk.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <sstream>
#include <vector>

namespace strata {
std::optional<double> duration_in_us(const std::string& text) {
  std::size_t end = 0;
  double value = 0;
  try {
    value = std::stod(text, &end);
  } catch (const std::exception&) {
    return {};
  }
  const std::string unit = text.substr(end);
  if (unit == "us") return value;
  if (unit == "ms") return value * 1e3;
  if (unit == "s") return value * 1e6;
  if (unit == "m") return value * 60e6;
  if (unit == "h") return value * 3600e6;
  return {};
}

LoadReport read_wrk(const std::string& output) {
  LoadReport report;
  std::optional<double> throughput, mean, p50, p99;
  long others = 0;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in(line);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    if (words.size() < 2) continue;
    if (words[0] == "Latency" && words.size() == 5) mean = duration_in_us(words[1]);
    if (words[0] == "50%") p50 = duration_in_us(words[1]);
    if (words[0] == "99%") p99 = duration_in_us(words[1]);
    if (words[0] == "Requests/sec:") throughput = std::atof(words[1].c_str());
    if (words[1] == "requests" && words.size() > 3 && words[2] == "in")
      report.requests = std::atof(words[0].c_str());
    if (words[0] == "Non-2xx") others = std::atol(words.back().c_str());
    if (words[0] == "Socket" && words[1] == "errors:")
      report.remark = "wrk says: " + line.substr(line.find("Socket"));
  }
  if (others > 0)
    report.failure =
        fmt::format("{} of {:.0f} answers were neither 2xx nor 3xx", others, report.requests);
  else if (!throughput || !mean)
    report.failure = "wrk did not print Requests/sec and Latency";
  else if (report.requests < 1)
    report.failure = "no request was answered";
  if (!report.failure.empty()) return report;
  report.metrics = {{"request.throughput", "value", "1/s", *throughput},
                    {"request.latency", "mean", "us", *mean}};
  if (p50) report.metrics.push_back({"request.latency.p50", "median", "us", *p50});
  if (p99) report.metrics.push_back({"request.latency.p99", "p99", "us", *p99});
  return report;
}

}  // namespace strata
