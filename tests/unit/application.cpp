// What an application brings to a stack: a client that asks it, a start of its own, its memory.
// Does a prediction put these together as arithmetic on their parts says?

#include <gtest/gtest.h>

#include <algorithm>

#include "models/calibrate/predict.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

double as_stated(const Question& q) {
  const Prediction p = predict({q}, {0, 0, 1, 1}).front();
  EXPECT_EQ(p.lacks, "");
  return p.value;
}

Question asked(const std::string& stack, const WorkloadFile& workload, const std::string& metric) {
  Question q;
  q.stack = &project().stacks.at(stack);
  q.machine = &project().machines.at("n1_standard_4");
  q.workload = &workload;
  q.client = client_of(&workload, project());
  q.metric = metric;
  q.quantile = std::nullopt;
  return q;
}

/// Software time of one unit, nobody contending.
double alone(const std::string& stack, WorkloadFile workload) {
  workload.client.reset();
  return as_stated(asked(stack, workload, "request.latency"));
}

struct Parts {
  double server, client, wire;
};
Parts parts(const WorkloadFile& workload) {
  const auto& nic = project().machines.at("n1_standard_4").devices.at("nic");
  return {alone("gvisor_ptrace", workload), alone(workload.client->stack, *workload.client->asks),
          workload.client->round_trips.value.value * 2 * nic.latency.value.value};
}

TEST(Client, AloneWaitsForServerItselfAndTheWireInTurn) {
  for (const char* id : {"redis_benchmark.lrange_600", "apache_notfound"}) {
    const WorkloadFile& workload = project().workloads.at(id);
    const Parts p = parts(workload);
    const double once = p.server + p.client + p.wire;
    EXPECT_NEAR(as_stated(asked("gvisor_ptrace", workload, "request.latency")) / once, 1, 1e-9);
    EXPECT_NEAR(as_stated(asked("gvisor_ptrace", workload, "request.rate")) * once / 1e9, 1, 1e-9);
  }
}

// However many connections, nobody is faster than the slower of the two: one thread of the client,
// as many of the server as it has workers and the machine has cores.
TEST(Client, InCrowdsGoesAtThePaceOfTheSlowerSide) {
  for (const char* id : {"redis_benchmark", "apache_notfound"}) {
    const WorkloadFile& workload = project().workloads.at(id);
    const Parts p = parts(workload);
    const double workers = workload.workers ? 4 : 1;
    Question q = asked("gvisor_ptrace", workload, "request.rate");
    q.depth = 2000;
    EXPECT_NEAR(as_stated(q) * std::max(p.server / workers, p.client) / 1e9, 1, 0.01) << id;
  }
}

TEST(Client, ReceivesSoManyBytesOfEachUnit) {
  const WorkloadFile& workload = project().workloads.at("node_page");
  EXPECT_NEAR(as_stated(asked("docker_bare", workload, "request.bandwidth")) * 1048576 /
                  as_stated(asked("docker_bare", workload, "request.rate")),
              workload.client->receives->value.value, 1e-6);
}

TEST(Client, OfAStackThatIsNotThereIsAnAnswerInWords) {
  WorkloadFile workload = project().workloads.at("node_page");
  workload.client->stack = "nowhere";
  const auto p = predict({asked("docker_bare", workload, "request.rate")}, {0, 0, 1, 1}).front();
  EXPECT_EQ(p.lacks, "the client of node_page runs on nowhere, which is no stack");
}

TEST(Workload, OnAProcessorOfHalfTheClockComputesTwiceAsLong) {
  WorkloadFile workload = single(Op::compute);
  workload.ops.at(Op::compute).value = {1000};
  const Question q = asked("bare_linux", workload, "request.latency");
  EXPECT_DOUBLE_EQ(as_stated(q), 1000);
  workload.clock = q.machine->clock;
  workload.clock->value = 2 * q.machine->clock.value;
  EXPECT_DOUBLE_EQ(as_stated(q), 2000);
}

TEST(Start, OfAnApplicationAddsItsRun) {
  const WorkloadFile& run = project().workloads.at("node_modules");
  Question q = asked("docker_bare", run, "boot.total");
  const double with = as_stated(q);
  q.workload = nullptr;
  EXPECT_NEAR(with - as_stated(q), alone("docker_bare", run) / 1e6, 0.01 * with);
}

TEST(Start, OfARequestIsAnAnswerInWords) {
  const auto& workload = project().workloads.at("node_page");
  const auto p = predict({asked("docker_bare", workload, "boot.total")}, {0, 0, 1, 1}).front();
  EXPECT_EQ(p.lacks, "node_page starts nothing: its unit is a request, not a run");
}

// Files are mapped from one image on the host; the Sentry keeps copies of its own.
TEST(Memory, OfAnApplicationTakesThePlaceOfTheStacksOwn) {
  const WorkloadFile& workload = project().workloads.at("node_modules");
  const auto gained = [&](const char* stack) {
    Question q = asked(stack, workload, "memory.marginal");
    double own = 0;
    for (const MemoryEntry& entry : q.stack->memory)
      if (entry.kind == MemoryKind::private_) own += entry.size.value.value;
    const double with = as_stated(q);
    q.workload = nullptr;
    return (with - as_stated(q)) * 1048576 + own;
  };
  const double anonymous = workload.memory->anonymous.value.value;
  EXPECT_NEAR(gained("docker_bare"), anonymous, 2);
  EXPECT_NEAR(gained("gvisor_ptrace"), anonymous + workload.memory->mapped.value.value, 2);
}

}  // namespace
}  // namespace strata
