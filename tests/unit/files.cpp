// Are the five kinds of files read to the values they state?

#include <gtest/gtest.h>

#include "tests/unit/good_files.h"

namespace strata {
namespace {

TEST(Files, GoodFilesOfEveryKindAreReadWithoutAnIssue) {
  const Folder home;
  write_home(home);
  const Catalog catalog = catalog_of(home.path());
  EXPECT_EQ(all_issues(catalog), "");
  EXPECT_EQ(ids(catalog.layers), std::vector<std::string>{"small"});
  EXPECT_EQ(ids(catalog.machines), std::vector<std::string>{"m"});
  EXPECT_EQ(ids(catalog.stacks), std::vector<std::string>{"s"});
  EXPECT_EQ(ids(catalog.workloads), std::vector<std::string>{"w"});
  EXPECT_EQ(ids(catalog.scenarios), std::vector<std::string>{"q"});
}

TEST(Files, ALayerHasTheValuesItsFileStates) {
  Issues issues;
  const LayerFile layer = read_layer(tree(kLayer), "small", issues);
  EXPECT_EQ(printed(issues), "");
  EXPECT_EQ(layer.title, "A kernel of two operations");
  EXPECT_EQ(layer.account, Account::guest);
  EXPECT_EQ(*layer.accepts, (std::vector<Crossing>{Crossing::syscall, Crossing::function_call}));
  EXPECT_EQ(layer.passes, std::vector<Op>{Op::timer});

  ASSERT_EQ(layer.rows.size(), 3U);
  const Row& send = layer.rows[1];
  EXPECT_EQ(send.op, Op::packet_send);
  EXPECT_EQ(send.latency->value.value, 1000);
  EXPECT_EQ(send.latency_per_byte->value.value, 0.5);
  EXPECT_EQ(send.cpu.at(Account::guest).value.value, 700);
  EXPECT_EQ(send.cpu.at(Account::host).value.value, 300);
  EXPECT_EQ(send.copies, 2);
  ASSERT_EQ(send.causes.size(), 3U);
  EXPECT_EQ(send.causes[0].op, Op::packet_send);
  EXPECT_EQ(send.causes[0].direction, Cause::Direction::below);
  EXPECT_EQ(send.causes[0].count.value.value, 1);
  EXPECT_TRUE(send.causes[0].asynchronous);
  EXPECT_FALSE(send.causes[0].batched);
  EXPECT_EQ(send.causes[1].op, Op::doorbell);
  EXPECT_EQ(send.causes[1].count.value.value, 0.5);
  EXPECT_TRUE(send.causes[1].batched);
  EXPECT_FALSE(send.causes[1].asynchronous);
  EXPECT_EQ(send.causes[2].direction, Cause::Direction::here);
  EXPECT_EQ(send.causes[2].count.value.value, 3);
  EXPECT_EQ(layer.rows[2].causes.at(0).direction, Cause::Direction::above);

  ASSERT_EQ(layer.boot.size(), 2U);
  const BootPhase& start = layer.boot[0];
  EXPECT_EQ(start.name, "start");
  EXPECT_EQ(start.cpu->value.value, 2e6);
  EXPECT_EQ(start.wait->value.value, 1e6);
  EXPECT_EQ(start.disk->value.value, 1048576);
  EXPECT_EQ(start.memory->value.value, 2097152);
  EXPECT_EQ(start.per_running->value.value, 1000);
  EXPECT_EQ(start.jitter->value.value, 0.1);
  EXPECT_EQ(start.lock, "big");
  EXPECT_EQ(start.account, Account::host);
  EXPECT_FALSE(start.after);
  EXPECT_EQ(*layer.boot[1].after, std::vector<std::string>{"start"});

  ASSERT_EQ(layer.memory.size(), 1U);
  EXPECT_EQ(layer.memory[0].kind, MemoryKind::shared);
  EXPECT_EQ(layer.memory[0].identity, "image");
  EXPECT_EQ(layer.memory[0].size.value.value, 3145728);
  ASSERT_EQ(layer.housekeeping.size(), 1U);
  EXPECT_EQ(layer.housekeeping[0].rate.value.value, 250);
  EXPECT_EQ(layer.housekeeping[0].cpu.value.value, 2000);
}

TEST(Files, AMachineHasTheValuesItsFileStates) {
  Issues issues;
  const MachineFile machine = read_machine(tree(kMachine), "m", issues);
  EXPECT_EQ(printed(issues), "");
  EXPECT_EQ(machine.cores, 8);
  EXPECT_EQ(machine.era, 2020);
  EXPECT_EQ(machine.accel, "kvm-vmx");
  EXPECT_EQ(machine.clock.value.value, 2e9);
  EXPECT_EQ(machine.memory.value.value, 64.0 * (1 << 30));
  EXPECT_EQ(machine.memory_bandwidth.value.value, 10e9);
  EXPECT_EQ(machine.devices.at("disk").rate.value.value, 1e9);  // 8 Gbit/s in B/s
  EXPECT_EQ(machine.devices.at("nic").latency.value.value, 20000);
  EXPECT_EQ(machine.idle->wake.value.value, 5000);
  EXPECT_EQ(machine.idle->deep.value.value, 50000);
  EXPECT_EQ(machine.idle->deep_after.value.value, 600000);
  for (int c = 0; c < kCrossings; ++c)  // written as 1 to 10 ns in the order of the vocabulary
    EXPECT_EQ(machine.crossings[static_cast<std::size_t>(c)].value.value, c + 1);
  EXPECT_EQ(machine.rows.at(0).op, Op::packet_send);
}

TEST(Files, AStackHasItsOwnKeysLaidUponItsLayersFile) {
  const Folder home;
  write_home(home);
  const StackFile stack = catalog_of(home.path()).stacks.at("s");
  EXPECT_EQ(stack.title, "One kernel");
  EXPECT_EQ(stack.era, 2020);
  EXPECT_EQ(stack.machine_crossing, Crossing::hypercall);
  ASSERT_EQ(stack.layers.size(), 1U);
  const StackLayer& kernel = stack.layers[0];
  EXPECT_EQ(kernel.name, "kernel");
  EXPECT_EQ(kernel.use, "small");
  ASSERT_EQ(kernel.entered_by.size(), 2U);
  EXPECT_EQ(kernel.entered_by[0].crossing, Crossing::syscall);
  EXPECT_EQ(kernel.entered_by[0].ops, std::vector<Op>{Op::packet_send});
  EXPECT_EQ(kernel.entered_by[1].crossing, Crossing::function_call);
  EXPECT_TRUE(kernel.entered_by[1].ops.empty());
  // The stack's 40 ns replace the layer's 100 (50 to 200) whole: the range is the default one.
  const Sourced<Duration>& syscall = *kernel.layer.rows.at(0).latency;
  EXPECT_EQ(syscall.value.value, 40);
  EXPECT_DOUBLE_EQ(syscall.low.value, 32);
  EXPECT_EQ(syscall.source.file, "stacks/s.toml");
  EXPECT_EQ(kernel.layer.rows.at(1).latency->source.file, "stacks/layers/small.toml");
  ASSERT_EQ(stack.edges.size(), 1U);
  EXPECT_EQ(stack.edges[0].from, "app");
  EXPECT_EQ(stack.edges[0].crossing, Crossing::passthrough);
  EXPECT_EQ(stack.edges[0].ops, std::vector<Op>{Op::packet_receive});
  EXPECT_EQ(stack.boot.at(0).name, "exec");
  EXPECT_EQ(stack.memory.at(0).kind, MemoryKind::private_);
  EXPECT_EQ(stack.clocks.at("in_kernel"), "kernel.end");
}

TEST(Files, AWorkloadCountsComputeInNanoseconds) {
  Issues issues;
  const WorkloadFile workload = read_workload(tree(kWorkload), "w", issues);
  EXPECT_EQ(printed(issues), "");
  EXPECT_EQ(workload.unit, "request");
  EXPECT_EQ(workload.ops.at(Op::compute).value.value, 2000);
  EXPECT_EQ(workload.ops.at(Op::packet_send).value.value, 3);
  EXPECT_EQ(workload.bytes.at(Op::packet_send).value.value, 1024);
  EXPECT_EQ(workload.batch.value.value, 4);
  EXPECT_EQ(workload.connections, 30);
  EXPECT_TRUE(workload.peer_on_host);
}

TEST(Files, AVariantOfAWorkloadDiffersInWhatItStates) {
  Issues issues;
  const auto read = read_workloads(tree(kWorkload + R"([client]
stack = "s"
round_trips = { value = 2, from = "cited: paper2020" }
[client.ops]
compute = { value = "1 us", from = "cited: paper2020" }
[variants.large]
ops.packet_send = { value = 30, from = "cited: paper2020" }
client.ops.compute = { value = "5 us", from = "cited: paper2020" }
)"),
                                   "w", issues);
  EXPECT_EQ(printed(issues), "");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].id, "w");
  EXPECT_EQ(read[0].ops.at(Op::packet_send).value.value, 3);
  EXPECT_EQ(read[0].client->asks->ops.at(Op::compute).value.value, 1000);
  EXPECT_EQ(read[1].id, "w.large");
  EXPECT_EQ(read[1].ops.at(Op::packet_send).value.value, 30);
  EXPECT_EQ(read[1].ops.at(Op::compute).value.value, 2000);
  EXPECT_EQ(read[1].client->asks->ops.at(Op::compute).value.value, 5000);
  EXPECT_EQ(read[1].client->round_trips.value.value, 2);
  // What both have is one number, so that both draw it alike.
  EXPECT_EQ(read[1].ops.at(Op::compute).id, read[0].ops.at(Op::compute).id);
  EXPECT_NE(read[1].ops.at(Op::packet_send).id, read[0].ops.at(Op::packet_send).id);
}

TEST(Files, AScenarioHasTheValuesItsFileStates) {
  Issues issues;
  const Scenario scenario = read_scenario(tree(kScenario), "q", issues);
  EXPECT_EQ(printed(issues), "");
  EXPECT_EQ(scenario.question, "How long?");
  EXPECT_EQ(scenario.stacks, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(scenario.machines, (std::vector<std::string>{"m", "n"}));
  EXPECT_EQ(scenario.parallel, (std::vector<int>{1, 10, 50}));
  EXPECT_EQ(scenario.trials, 20);
  EXPECT_EQ(scenario.seed, 7U);
  EXPECT_EQ(scenario.metrics, (std::vector<std::string>{"boot.total", "request.cpu"}));
}

// 2 stacks x 2 machines x 1 workload x 3 widths, the widths turning fastest, the stacks next.
TEST(Files, AScenarioExpandsToEveryCombinationOnce) {
  Issues issues;
  std::string cells;
  for (const Cell& c : expand(read_scenario(tree(kScenario), "q", issues)))
    cells += c.machine + c.workload + c.stack + std::to_string(c.parallel) + "/" +
             std::to_string(c.burst) + " ";
  EXPECT_EQ(cells,
            "mwa1/0 mwa10/0 mwa50/0 mwb1/0 mwb10/0 mwb50/0 nwa1/0 nwa10/0 nwa50/0 nwb1/0 nwb10/0 "
            "nwb50/0 ");
}

TEST(Files, AnAxisThatIsNotUsedExpandsToOneEmptyPlace) {
  Scenario scenario;
  scenario.stacks = {"a"};
  scenario.machines = {"m"};
  const auto cells = expand(scenario);
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(cells[0].workload, "");
  EXPECT_EQ(cells[0].parallel, 0);
  EXPECT_EQ(cells[0].burst, 0);
}

TEST(Files, AMetricsUnitIsThatOfItsStem) {
  EXPECT_EQ(unit_of("request.cpu"), "ns");
  EXPECT_EQ(unit_of("request.cpu.guest"), "ns");
  EXPECT_EQ(unit_of("boot.total"), "ms");
  EXPECT_EQ(unit_of("boot.in_kernel"), "ms");
  EXPECT_EQ(unit_of("memory.marginal"), "MiB");
  EXPECT_EQ(unit_of("nonsense"), "");
}

// --- based_on
// ---------------------------------------------------------------------------------------

TEST(Files, AStackBasedOnAnotherStatesOnlyWhatDiffers) {
  const Folder home;
  write_home(home);
  home.write("stacks/t.toml",
             "title = \"Faster\"\nbased_on = \"s\"\n[layers.kernel.ops.syscall]\n"
             "latency = { value = \"7 ns\", from = \"cited: paper2020\" }\n");
  const Catalog catalog = catalog_of(home.path());
  EXPECT_EQ(all_issues(catalog), "");
  const StackFile& base = catalog.stacks.at("s");
  const StackFile& stack = catalog.stacks.at("t");
  EXPECT_EQ(stack.title, "Faster");
  EXPECT_EQ(stack.based_on, "s");
  EXPECT_EQ(stack.era, 2020);
  EXPECT_EQ(stack.layers.at(0).layer.rows.at(0).latency->value.value, 7);
  // What they share keeps its id, hence its draw.
  EXPECT_EQ(stack.layers[0].layer.rows.at(1).latency->id,
            base.layers.at(0).layer.rows.at(1).latency->id);
  EXPECT_EQ(stack.boot.at(0).cpu->id, base.boot.at(0).cpu->id);
  EXPECT_NE(stack.layers[0].layer.rows[0].latency->id, base.layers[0].layer.rows[0].latency->id);
}

TEST(Files, AMachineBasedOnAnotherStatesOnlyWhatDiffersAndHasNoneOfItsAliases) {
  const Folder home;
  write_home(home);
  home.write("stacks/machines/n.toml",
             "title = \"By a shell\"\nbased_on = \"m\"\n[launcher]\n"
             "each = { value = \"2 ms\", from = \"cited: paper2020\" }\n"
             "between = { value = \"5 ms\", from = \"cited: paper2020\" }\n");
  const Catalog catalog = catalog_of(home.path());
  EXPECT_EQ(all_issues(catalog), "");
  const MachineFile& base = catalog.machines.at("m");
  const MachineFile& machine = catalog.machines.at("n");
  EXPECT_FALSE(base.launcher);
  ASSERT_TRUE(machine.launcher);
  EXPECT_EQ(machine.launcher->each.value.value, 2e6);
  EXPECT_EQ(machine.cores, 8);
  EXPECT_EQ(machine.clock.id, base.clock.id);
  EXPECT_TRUE(machine.aliases.empty());
  EXPECT_EQ(base.aliases, std::vector<std::string>{"old_name"});
}

// --- The catalog
// ------------------------------------------------------------------------------------

TEST(Files, AMachineIsFoundByItsIdOrAlias) {
  const Folder home;
  write_home(home);
  const Catalog catalog = catalog_of(home.path());
  Issues issues;
  ASSERT_TRUE(find_machine(catalog, "m", issues));
  EXPECT_EQ(find_machine(catalog, "old_name", issues), find_machine(catalog, "m", issues));
  EXPECT_EQ(printed(issues), "");
  EXPECT_FALSE(find_machine(catalog, "mm", issues));
  EXPECT_EQ(printed(issues), "machine: 'mm' is no machine; did you mean 'm'?; known: m\n");
}

TEST(Files, AFileIsReadAloneAsTheKindItIs) {
  const Folder home;
  write_home(home);
  Catalog catalog = catalog_of(home.path());
  Issues issues;
  const auto kind_of = [&](const std::string& text) {
    return read_file(home.write("alone.toml", text), catalog, issues);
  };
  EXPECT_EQ(kind_of(kLayer), FileKind::layer);
  EXPECT_EQ(kind_of(kMachine), FileKind::machine);
  EXPECT_EQ(kind_of(kStack), FileKind::stack);
  EXPECT_EQ(kind_of(kWorkload), FileKind::workload);
  EXPECT_EQ(kind_of(kScenario), FileKind::scenario);
  // What is based on a file beside it is what that one is.
  home.write("base.toml", kLayer);
  EXPECT_EQ(kind_of("title = \"a\"\nbased_on = \"base\"\n"), FileKind::layer);
  home.write("base.toml", kMachine);
  EXPECT_EQ(kind_of("title = \"a\"\nbased_on = \"base\"\n"), FileKind::machine);
  EXPECT_EQ(printed(issues), "");
  EXPECT_TRUE(catalog.stacks.contains("alone"));
  EXPECT_FALSE(kind_of("x = 1\n"));
  EXPECT_TRUE(mentions(issues, "is none of the files Strata knows"));
}

}  // namespace
}  // namespace strata
