// Is every number a stack rests on listed, each once?

#include "models/study/numbers.h"

#include <gtest/gtest.h>

#include <set>

#include "models/study/reader.h"
#include "tests/unit/written.h"

namespace strata {
namespace {

TEST(Numbers, ListsEveryNumberOfEveryPartOnce) {
  Issues issues;
  StackLayer layer;
  layer.name = "kernel";
  layer.layer = read_layer(tree(R"(title = "x"
model = "table"
accepts = ["syscall"]
[ops.syscall]
latency = { value = "1 ns", from = "cited: a" }
latency_per_byte = { value = "1 ns/B", from = "cited: a" }
cpu = { guest = { value = "2 ns", from = "cited: a" } }
cpu_per_byte = { guest = { value = "2 ns/B", from = "cited: a" } }
below = { timer = { value = 3, from = "cited: a" }, doorbell = 1 }
[boot.start]
cpu = { value = "4 ns", from = "cited: a" }
wait = { value = "5 ns", from = "cited: a" }
per_running = { value = "6 ns", from = "cited: a" }
disk = { value = "7 B", from = "cited: a" }
memory = { value = "8 B", from = "cited: a" }
jitter = { value = 0.1, from = "cited: a" }
[memory.heap]
kind = "private"
size = { value = "9 B", from = "cited: a" }
[housekeeping.tick]
rate = { value = "10 /s", from = "cited: a" }
cpu = { value = "11 ns", from = "cited: a" }
)",
                                "l.toml"),
                           "l", issues);
  EXPECT_EQ(printed(issues), "");
  StackFile stack;
  stack.layers = {layer, layer};  // twice the same file: the same numbers
  const Node own = tree(
      "[boot.exec]\ncpu = { value = \"1 ms\", from = \"cited: a\" }\n[memory.text]\nkind = "
      "\"shared\"\n"
      "identity = \"x\"\nsize = { value = \"1 KiB\", from = \"cited: a\" }\n",
      "s.toml");
  {
    Reader reader(own, issues);
    stack.boot = read_boot(reader, "boot");
    stack.memory = read_memory(reader, "memory");
  }
  std::string seen;
  for (const NamedNumber& n : numbers(stack))
    seen += n.layer + ": " + n.what + " = " + print(n.number.value, 1) + "\n";
  EXPECT_EQ(seen,
            "app: boot.exec.cpu = 1 ms\n"
            "app: memory.text (shared) = 1 KiB\n"
            "kernel: ops.syscall.latency = 1 ns\n"
            "kernel: ops.syscall.latency_per_byte = 1 ns/B\n"
            "kernel: ops.syscall.cpu.guest = 2 ns\n"
            "kernel: ops.syscall.cpu_per_byte.guest = 2 ns/B\n"
            "kernel: ops.syscall.timer = 3\n"
            "kernel: boot.start.cpu = 4 ns\n"
            "kernel: boot.start.wait = 5 ns\n"
            "kernel: boot.start.per_running = 6 ns\n"
            "kernel: boot.start.disk = 7 B\n"
            "kernel: boot.start.memory = 8 B\n"
            "kernel: boot.start.jitter = 0.1\n"
            "kernel: memory.heap (private) = 9 B\n"
            "kernel: housekeeping.tick.rate = 10 /s\n"
            "kernel: housekeeping.tick.cpu = 11 ns\n");
}

TEST(Numbers, EveryStackOfTheProjectListsEachNumberOnceWithItsSource) {
  for (const auto& [id, stack] : project().stacks) {
    std::set<std::string> seen;
    for (const NamedNumber& n : numbers(stack)) {
      EXPECT_TRUE(seen.insert(n.number.id).second) << id << ": " << n.number.id;
      EXPECT_FALSE(n.number.source.words.empty()) << id << ": " << n.what;
      EXPECT_FALSE(n.number.source.file.empty()) << id << ": " << n.what;
    }
    EXPECT_GT(seen.size(), 10U) << id;
    // A model's parameters are numbers even where no row uses one.
    for (const StackLayer& layer : stack.layers)
      for (const auto& [key, n] : layer.layer.parameters)
        EXPECT_TRUE(seen.contains(n.id)) << id << ": " << key;
  }
}

// Ids seed draws: where the sources lay when they were compiled must not be in them.
TEST(Numbers, StatedInCppAreNamedByTheirPathWithinTheProject) {
  const auto id = [](const char* file) {
    return stated("x", "1 ms", "1 ms", "2 ms", "assumed: a test", file, 1).id;
  };
  EXPECT_EQ(id("/home/a/strata/stacks/mine.cpp"), "stacks/mine.cpp:x");
  EXPECT_EQ(id("/srv/stacks/strata/models/study/file.cpp"), "models/study/file.cpp:x");
  EXPECT_EQ(id("mine.cpp"), "mine.cpp:x");
  EXPECT_EQ(project().workloads.at("hello").call_number.id,
            "models/study/workload_file.cpp:call_number");
}

}  // namespace
}  // namespace strata
