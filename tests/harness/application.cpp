#include <gtest/gtest.h>

#include <fstream>

#include "models/study/workload_file.h"
#include "real-harness/application/h2load.h"
#include "real-harness/application/load.h"
#include "real-harness/application/workload.h"
#include "real-harness/application/wrk.h"
#include "tests/harness/fixtures.h"

namespace strata {
namespace {

constexpr const char* kWrk = R"(Running 1s test @ http://10.77.0.2:8080/
  1 threads and 30 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.25ms  340.00us  10.36ms   87.47%
    Req/Sec    23.50k     1.36k    46.00k    70.00%
  Latency Distribution
     50%  980.00us
     75%    1.36ms
     90%    1.92ms
     99%    2.00s 
  24100 requests in 1.02s, 79.63KB read
  Socket errors: connect 0, read 3, write 0, timeout 0
Requests/sec:  23627.45
Transfer/sec:     78.13KB
)";

double value_of(const LoadReport& report, const std::string& name) {
  for (const LoadMetric& metric : report.metrics)
    if (metric.name == name) return metric.value;
  return -1;
}

TEST(Wrk, SaysThroughputAndLatencyInOurUnits) {
  const LoadReport report = read_wrk(kWrk);
  EXPECT_EQ(report.failure, "");
  EXPECT_EQ(report.requests, 24100);
  EXPECT_EQ(value_of(report, "request.throughput"), 23627.45);
  EXPECT_EQ(value_of(report, "request.latency"), 1250);
  EXPECT_EQ(value_of(report, "request.latency.p50"), 980);
  EXPECT_EQ(value_of(report, "request.latency.p99"), 2e6);
  EXPECT_EQ(report.remark, "wrk says: Socket errors: connect 0, read 3, write 0, timeout 0");
}

TEST(Wrk, OtherAnswersThanSuccessAreAFailure) {
  const LoadReport report = read_wrk(std::string(kWrk) + "  Non-2xx or 3xx responses: 352\n");
  EXPECT_EQ(report.failure, "352 of 24100 answers were neither 2xx nor 3xx");
  EXPECT_TRUE(report.metrics.empty());
}

TEST(Wrk, LackingOutputIsAFailure) {
  EXPECT_EQ(read_wrk("unable to connect\n").failure, "wrk did not print Requests/sec and Latency");
}

constexpr const char* kH2load = R"(finished in 5.66s, 17657.31 req/s, 13.25MB/s
requests: 100000 total, 100000 started, 100000 done, 100000 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 100000 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 75.06MB (78700000) total, 8.11MB (8500000) headers (space savings 0.00%), 58.37MB (61200000) data
                     min         max         mean         sd        +/- sd
time for request:      243us     50.34ms      1.66ms       986us    87.15%
time for connect:      198us      1.95ms       994us       520us    60.00%
)";

TEST(H2load, SaysThroughputAndLatencyInOurUnits) {
  const LoadReport report = read_h2load(kH2load);
  EXPECT_EQ(report.failure, "");
  EXPECT_EQ(report.requests, 100000);
  EXPECT_EQ(value_of(report, "request.throughput"), 17657.31);
  EXPECT_EQ(value_of(report, "request.latency"), 1660);
}

TEST(H2load, FailedRequestsAreAFailure) {
  const auto with = [](std::string from, const std::string& to) {
    std::string text = kH2load;
    text.replace(text.find(from), from.size(), to);
    return read_h2load(text).failure;
  };
  EXPECT_EQ(with("0 failed, 0 errored, 0 timeout", "1 failed, 2 errored, 3 timeout"),
            "1 requests failed, 2 errored, 3 took too long (h2load)");
  EXPECT_EQ(with("100000 2xx", "99990 2xx"), "10 of 100000 answers were neither 2xx nor 3xx");
  EXPECT_EQ(read_h2load("").failure,
            "h2load did not print how long it took, status codes and time for request");
}

TEST(Load, WordsAreCutAsByAShellAndPlacesFilledIn) {
  Issues issues;
  const auto load = read_load(R"(sh -c 'a  "b"' "c d"\ e http://{host}:{port}/{port})", 80, issues);
  ASSERT_TRUE(load.has_value());
  EXPECT_TRUE(load->argv.front().ends_with("/sh"));
  const std::vector<std::string> rest(load->argv.begin() + 1, load->argv.end());
  EXPECT_EQ(rest, (std::vector<std::string>{"-c", "a  \"b\"", "c d e", "http://10.77.0.2:80/80"}));
  EXPECT_FALSE(load->is_wrk);
}

TEST(Load, LinesOfThreeWordsAreMetrics) {
  const LoadReport report =
      report_of({}, "starting up now\nrequests 20 1\np99 1.5 ms\nBad 1 x\n", 2);
  EXPECT_EQ(report.requests, 20);
  ASSERT_EQ(report.metrics.size(), 2u);
  EXPECT_EQ(value_of(report, "load.time"), 2);
  EXPECT_EQ(value_of(report, "p99"), 1.5);
  EXPECT_EQ(report.metrics[1].unit, "ms");
}

TEST(Load, AMetricSaidTwiceIsAFailure) {
  EXPECT_EQ(report_of({}, "a 1 s\na 2 s\n", 1).failure, "the load says a twice");
  EXPECT_EQ(report_of({}, "load.time 1 s\n", 1).failure, "the load says load.time twice");
  EXPECT_NE(report_of({}, "boot.first_answer 1 s\n", 1).failure, "");
}

ServedLife life_of(double requests, double calls) {
  ServedLife life;
  life.load.requests = requests;
  Usage usage;
  usage.packets_sent = requests, usage.bytes_sent = 700 * requests;
  usage.calls = calls;
  usage.switches = requests / 4;
  usage.user = 1, usage.seen = 3, usage.cpu = 3;
  life.usage = usage;
  return life;
}

class Workload : public Tidy {
 protected:
  /// The file as the project reads it.
  WorkloadFile read_back(const std::string& text) {
    const auto file = temporary() / "workload.toml";
    std::ofstream(file) << text;
    Issues issues;
    const auto node = read_toml(file, "workload.toml", issues);
    WorkloadFile workload;
    if (node) workload = read_workload(*node, "workload", issues);
    for (const Issue& issue : issues) ADD_FAILURE() << print(issue);
    std::filesystem::remove(file);
    return workload;
  }
};

TEST_F(Workload, IsTheMedianOverLivesOfWhatARequestAsksFor) {
  const std::vector<ServedLife> lives = {life_of(1000, 2000), life_of(1000, 3000),
                                         life_of(2000, 8000)};
  const std::string text = workload_toml(lives, {"a \"quoted\" title", "lab", "2026-01-02", "ab"});
  const WorkloadFile read = read_back(text);
  EXPECT_EQ(read.title, "a \"quoted\" title");
  const auto& calls = read.ops.at(Op::syscall);
  EXPECT_EQ(calls.value.value, 3);
  EXPECT_EQ(calls.low.value, 2);
  EXPECT_EQ(calls.high.value, 4);
  EXPECT_EQ(calls.source.evidence, Evidence::measured);
  EXPECT_EQ(read.batch.value.value, 4);
  EXPECT_EQ(read.ops.at(Op::compute).value.value, 1e6);  // 1 s over 1000 requests, in ns
  EXPECT_EQ(read.bytes.at(Op::packet_send).value.value, 700);
  EXPECT_FALSE(read.ops.contains(Op::packet_receive)) << "none came";
}

TEST_F(Workload, SaysWhatCouldNotBeSeen) {
  ServedLife life = life_of(1000, 0);
  life.usage->calls.reset();
  life.usage->seen = 1;  // of 3 s
  const std::string text = workload_toml({life}, {"t", "lab", "2026-01-02", "ab"});
  const WorkloadFile read = read_back(text);
  EXPECT_FALSE(read.ops.contains(Op::syscall) || read.ops.contains(Op::compute)) << text;
  EXPECT_NE(text.find("# syscall is missing"), std::string::npos);
  EXPECT_NE(text.find("# compute is missing: 67 %"), std::string::npos) << text;
}

}  // namespace
}  // namespace strata
