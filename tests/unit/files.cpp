// Are the five kinds of files read to the values they state, and is each mistake in them named?

#include <gtest/gtest.h>

#include "tests/unit/written.h"

namespace strata {
namespace {

const std::string kLayer = R"(title = "A kernel of two operations"
model = "table"
account = "guest"
accepts = ["syscall", "function_call"]
passes = ["timer"]
[ops.syscall]
latency = { value = "100 ns", low = "50 ns", high = "200 ns", from = "measured: lab, n = 3" }
[ops.packet_send]
latency = { value = "1 us", from = "cited: paper2020" }
latency_per_byte = { value = "0.5 ns/B", from = "cited: paper2020" }
cpu = { guest = { value = "700 ns", from = "cited: paper2020" }, host = { value = "300 ns", from = "cited: paper2020" } }
copies = 2
below = { packet_send = 1, doorbell = { value = 0.5, from = "cited: paper2020" } }
here = { interrupt = 3 }
batched = ["doorbell"]
async = ["packet_send"]
[ops.interrupt]
latency = { value = "10 ns", from = "cited: paper2020" }
above = { interrupt = 1 }
[boot.start]
cpu = { value = "2 ms", from = "cited: paper2020" }
wait = { value = "1 ms", from = "cited: paper2020" }
disk = { value = "1 MiB", from = "cited: paper2020" }
memory = { value = "2 MiB", from = "cited: paper2020" }
per_running = { value = "1 us", from = "cited: paper2020" }
jitter = { value = 0.1, from = "cited: paper2020" }
lock = "big"
account = "host"
[boot.end]
wait = { value = "1 ms", from = "cited: paper2020" }
after = ["start"]
[memory.text]
kind = "shared"
identity = "image"
size = { value = "3 MiB", from = "cited: paper2020" }
[housekeeping.tick]
rate = { value = "250 /s", from = "cited: paper2020" }
cpu = { value = "2 us", from = "cited: paper2020" }
)";

const std::string kMachine = R"(title = "A machine"
aliases = ["old_name"]
cores = 8
era = 2020
accel = "kvm-vmx"
clock = { value = "2 GHz", from = "cited: paper2020" }
memory = { value = "64 GiB", from = "cited: paper2020" }
memory_bandwidth = { value = "10 GB/s", from = "cited: paper2020" }
[devices.disk]
rate = { value = "8 Gbit/s", from = "cited: paper2020" }
latency = { value = "80 us", from = "cited: paper2020" }
[devices.nic]
rate = { value = "10 Gbit/s", from = "cited: paper2020" }
latency = { value = "20 us", from = "cited: paper2020" }
[idle]
wake = { value = "5 us", from = "cited: paper2020" }
deep = { value = "50 us", from = "cited: paper2020" }
deep_after = { value = "600 us", from = "cited: paper2020" }
[crossings]
function_call = { value = "1 ns", from = "cited: paper2020" }
syscall = { value = "2 ns", from = "cited: paper2020" }
hypercall = { value = "3 ns", from = "cited: paper2020" }
exit_kernel = { value = "4 ns", from = "cited: paper2020" }
exit_user = { value = "5 ns", from = "cited: paper2020" }
shared_ring = { value = "6 ns", from = "cited: paper2020" }
ipc = { value = "7 ns", from = "cited: paper2020" }
ptrace = { value = "8 ns", from = "cited: paper2020" }
sfi_trampoline = { value = "9 ns", from = "cited: paper2020" }
passthrough = { value = "10 ns", from = "cited: paper2020" }
[ops.packet_send]
latency = { value = "0 ns", from = "assumed: the card sends by itself" }
)";

const std::string kStack = R"(title = "One kernel"
era = 2020
order = ["kernel"]
machine_crossing = "hypercall"
[layers.kernel]
use = "small"
entered_by = { syscall = ["packet_send"], function_call = ["*"] }
[layers.kernel.ops.syscall]
latency = { value = "40 ns", from = "cited: paper2020, of this stack" }
[[edges]]
from = "app"
to = "machine"
crossing = "passthrough"
ops = ["packet_receive"]
[boot.exec]
cpu = { value = "1 ms", from = "cited: paper2020" }
[memory.heap]
kind = "private"
size = { value = "1 MiB", from = "cited: paper2020" }
[clocks.in_kernel]
from = "kernel.end"
[real]
runner = "kvm"
)";

const std::string kWorkload = R"(title = "A request"
unit = "request"
batch = { value = 4, low = 1, high = 8, from = "assumed: a busy server" }
connections = 30
peer = "host"
[ops]
compute = { value = "2 us", from = "cited: paper2020" }
packet_send = { value = 3, from = "cited: paper2020" }
[bytes]
packet_send = { value = "1 KiB", from = "cited: paper2020" }
)";

const std::string kScenario = R"(question = "How long?"
[axes]
stack = ["a", "b"]
machine = ["m", "n"]
workload = ["w"]
parallel = [1, 10, 50]
[run]
trials = 20
seed = 7
metrics = ["boot.total", "request.cpu"]
)";

/// A home that holds one good file of each kind.
void write_home(const Folder& home) {
  home.write("stacks/layers/small.toml", kLayer);
  home.write("stacks/machines/m.toml", kMachine);
  home.write("stacks/s.toml", kStack);
  home.write("workloads/w.toml", kWorkload);
  home.write("workloads/scenarios/q.toml", kScenario);
  home.write("results/published/sources.toml",
             "[paper2020]\ntitle = \"A paper\"\nyear = 2020\nwhere = \"a journal\"\n");
}

std::string all_issues(const Catalog& catalog) {
  std::string text;
  for (const auto& [file, issues] : catalog.broken) text += printed(issues);
  return text;
}

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

TEST(Files, AMistakeInAVariantIsSaidAtItsPlace) {
  Issues issues;
  const std::string variant =
      "[variants.large]\nops.packet_sent = { value = 30, from = \"cited: paper2020\" }\n";
  read_workloads(tree(kWorkload + variant), "w", issues);
  EXPECT_TRUE(mentions(issues, "variants.large.ops.packet_sent"));
  EXPECT_TRUE(mentions(issues, "packet_send"));
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

// --- Mistakes
// ---------------------------------------------------------------------------------------

struct Mistake {
  std::string from, to;  ///< the piece of the good file, and what stands there instead
  std::string message;
};

/// Plants each mistake in the good file, alone, and looks for its message among the file's issues.
void expect_named(const std::string& file, const std::string& text,
                  const std::vector<Mistake>& mistakes) {
  for (const Mistake& m : mistakes) {
    const Folder home;
    write_home(home);
    std::string broken = text;
    const auto at = broken.find(m.from);
    ASSERT_NE(at, std::string::npos) << m.from;
    home.write(file, broken.replace(at, m.from.size(), m.to));
    const Catalog catalog = catalog_of(home.path());
    const auto found = catalog.broken.find(file);
    ASSERT_NE(found, catalog.broken.end()) << m.to << ": nothing is said about " << file;
    EXPECT_TRUE(mentions(found->second, m.message)) << m.to << ":\n" << printed(found->second);
    const std::string id = std::filesystem::path(file).stem().string();
    // Scenarios stay, so that `check` can look at the names in them as well.
    EXPECT_FALSE(catalog.stacks.contains(id) || catalog.machines.contains(id) ||
                 catalog.workloads.contains(id))
        << m.to << ": " << file << " has a mistake and is used all the same";
  }
}

TEST(Files, EachMistakeInALayerIsNamed) {
  expect_named(
      "stacks/layers/small.toml", kLayer,
      {
          {"title = ", "titel = ", "titel: is no key here; did you mean 'title'?"},
          {"title = ", "titel = ", "title: is missing"},
          {"\"table\"", "\"tabel\"", "'tabel' is no layer model; did you mean 'table'?"},
          {"\"table\"", "\"kernel\"", "parameters.syscall: is missing: work of a null system call"},
          {"[\"syscall\", \"function_call\"]", "[\"syscal\"]",
           "'syscal' is no crossing; did you mean 'syscall'?"},
          {"accepts = [\"syscall\", \"function_call\"]", "", "accepts: is missing"},
          {"account = \"guest\"", "account = \"gest\"",
           "'gest' is not known; did you mean 'guest'?"},
          {"[\"timer\"]", "[\"tmer\"]", "'tmer' is no operation; did you mean 'timer'?"},
          {"[ops.syscall]", "[ops.sycall]", "ops.sycall: is no operation; did you mean 'syscall'?"},
          {"[ops.syscall]", "[ops.hypercall]", "ops.hypercall: is no operation"},
          {"latency = { value = \"100 ns\"", "latncy = { value = \"100 ns\"",
           "ops.syscall.latncy: is no key here"},
          {"latency = { value = \"100 ns\"", "latncy = { value = \"100 ns\"",
           "ops.syscall.latency: is missing: a row states latency, cpu or both"},
          {"\"100 ns\"", "\"100 B\"", "they must be alike"},
          {"\"0.5 ns/B\"", "\"0.5 ns\"",
           "ops.packet_send.latency_per_byte: must be a time per byte such as 0.18 ns/B, not a "
           "time"},
          {"cpu = { guest", "cpu = { ghost",
           "ops.packet_send.cpu.ghost: is no account; did you mean"},
          {"copies = 2", "copies = -1", "ops.packet_send.copies: must not be negative"},
          {"packet_send = 1, doorbell", "packet_snd = 1, doorbell",
           "ops.packet_send.below.packet_snd: is no operation; did you mean 'packet_send'?"},
          {"packet_send = 1, doorbell", "packet_send = -1, doorbell",
           "must be finite and not negative"},
          {"packet_send = 1, doorbell", "packet_send = nan, doorbell",
           "must be finite and not negative"},
          {"{ value = 0.5, from", "{ value = \"5 ns\", from", "must be a count, a plain number"},
          {"batched = [\"doorbell\"]", "batched = [\"timer\"]",
           "'timer' is not caused by this row"},
          {"async = [\"packet_send\"]", "async = [\"packet_sent\"]",
           "'packet_sent' is not caused by this row; did you mean 'packet_send'?"},
          {"lock = \"big\"", "lock = 1", "boot.start.lock: must be a text"},
          {"wait = { value = \"1 ms\", from = \"cited: paper2020\" }\nafter", "after",
           "boot.end.cpu: is missing: a phase states"},
          {"\"shared\"", "\"shred\"",
           "memory.text.kind: 'shred' is not known; did you mean 'shared'?"},
          {"kind = \"shared\"\n", "", "memory.text.kind: is missing"},
          {"identity = \"image\"\n", "", "memory.text.identity: is missing"},
          {"\"shared\"", "\"private\"", "memory.text.identity: has no meaning for private memory"},
          {"rate = { value = \"250 /s\"", "rate = { value = \"250 ms\"",
           "housekeeping.tick.rate: must be a rate such as 250 /s"},
          {"cited: paper2020", "cited: paper2021",
           "cites 'paper2021', which is neither a published row nor a key of sources.toml; did you "
           "mean 'paper2020'?"},
          {"[boot.start]",
           "[parameters]\nx = { value = 1, from = \"cited: paper2020\" }\n[boot.start]",
           "parameters: has no meaning in a table layer"},
      });
}

TEST(Files, EachMistakeInAMachineIsNamed) {
  expect_named(
      "stacks/machines/m.toml", kMachine,
      {
          {"cores = 8", "cores = 0", "cores: must be a whole number, at least 1"},
          {"cores = 8\n", "", "cores: is missing"},
          {"\"kvm-vmx\"", "\"kvm-vm\"", "'kvm-vm' is not known; did you mean 'kvm-vmx'?"},
          {"accel = \"kvm-vmx\"\n", "", "accel: is missing"},
          {"\"2 GHz\"", "\"2 ms\"", "clock: must be a frequency such as 2.1 GHz, not a time"},
          {"[devices.nic]", "[devices.nik]", "devices: needs a nic with rate and latency"},
          {"hypercall = ", "hipercall = ", "crossings.hypercall: is missing"},
          {"hypercall = ", "hipercall = ",
           "crossings.hipercall: is no key here; did you mean 'hypercall'?"},
          {"[crossings]", "[crosings]", "crossings: is missing"},
          {"deep = ", "deeper = ", "idle.deep: is missing"},
          {"cited: paper2020", "cited: paper2021", "cites 'paper2021'"},
      });
}

TEST(Files, EachMistakeInAStackIsNamed) {
  expect_named(
      "stacks/s.toml", kStack,
      {
          {"[\"kernel\"]", "[\"kernl\"]", "order: 'kernl' has no table [layers.kernl]"},
          {"[\"kernel\"]", "[\"kernl\"]",
           "layers.kernel: stands in no place of `order`; did you mean 'kernl'?"},
          {"[\"kernel\"]", "[\"kernel\", \"kernel\"]", "order: 'kernel' stands twice"},
          {"order = [\"kernel\"]\n", "", "order: is missing"},
          {"\"small\"", "\"smal\"", "layers.kernel.use: 'smal' is no layer; did you mean 'small'?"},
          {"{ syscall = [\"packet_send\"], function_call = [\"*\"] }", "\"sycall\"",
           "layers.kernel.entered_by: 'sycall' is no crossing; did you mean 'syscall'?"},
          {"{ syscall = [\"packet_send\"], function_call = [\"*\"] }", "3",
           "entered_by: must be a crossing or a table"},
          {"entered_by = { syscall = [\"packet_send\"], function_call = [\"*\"] }\n", "",
           "layers.kernel.entered_by: is missing"},
          {"[\"packet_send\"]", "[\"packet\"]", "'packet' is no operation"},
          {"[\"packet_send\"]", "\"packet_send\"", "must be a list of operations"},
          {"[layers.kernel.ops.syscall]", "[layers.kernel.ops.sycall]",
           "layers.kernel.ops.sycall: is no operation"},
          {"crossing = \"passthrough\"", "crossing = \"passthru\"", "'passthru' is not known"},
          {"ops = [\"packet_receive\"]\n", "",
           "ops: is missing: the operations that take this edge"},
          {"\"hypercall\"", "\"hypercal\"",
           "machine_crossing: 'hypercal' is not known; did you mean 'hypercall'?"},
          {"runner = \"kvm\"", "runer = \"kvm\"",
           "real.runer: is no key here; did you mean 'runner'?"},
          {"cited: paper2020", "cited: paper2021", "cites 'paper2021'"},
      });
}

TEST(Files, EachMistakeInAWorkloadIsNamed) {
  expect_named(
      "workloads/w.toml", kWorkload,
      {
          {"\"request\"", "\"reqest\"", "unit: 'reqest' is not known; did you mean 'request'?"},
          {"[ops]", "[op]", "ops: is missing"},
          {"packet_send = { value = 3", "doorbell = { value = 3",
           "ops.doorbell: is nothing an application asks for"},
          {"value = 3", "value = \"3 ns\"", "ops.packet_send: must be a plain number"},
          {"\"2 us\"", "2", "ops.compute: must be a time such as 1.4 ms"},
          {"\"1 KiB\"", "\"1 ms\"", "bytes.packet_send: must be a size"},
          {"value = 4, low = 1", "value = 0.5, low = 0.1", "batch: must be at least 1"},
          {"connections = 30", "connections = 0",
           "connections: must be a whole number, at least 1"},
          {"\"host\"", "\"hosts\"", "peer: 'hosts' is not known; did you mean 'host'?"},
          {"cited: paper2020", "cited: paper2021", "cites 'paper2021'"},
      });
}

TEST(Files, EachMistakeInAScenarioIsNamed) {
  expect_named(
      "workloads/scenarios/q.toml", kScenario,
      {
          {"question = \"How long?\"\n", "", "question: is missing"},
          {"[axes]", "[axis]", "axes: is missing"},
          {"stack = [\"a\", \"b\"]\n", "", "axes.stack: is missing: at least one stack"},
          {"machine = [\"m\", \"n\"]", "machine = []",
           "axes.machine: is missing: at least one machine"},
          {"[1, 10, 50]", "[0]", "axes.parallel: must hold whole numbers, from 1 to 1000000000"},
          {"parallel = [1, 10, 50]", "parallel = [1]\nburst = [2]",
           "axes.burst: stands beside parallel"},
          {"\"boot.total\"", "\"boot.totl\"",
           "run.metrics: 'boot.totl' is no metric; did you mean 'boot.total'?"},
          {"metrics = [\"boot.total\", \"request.cpu\"]\n", "", "run.metrics: is missing"},
          {"trials = 20\n", "", "run.trials: is missing"},
          {"seed = 7", "sead = 7", "run.sead: is no key here; did you mean 'seed'?"},
          {"[run]", "[runs]", "run: is missing"},
      });
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

TEST(Files, TwoStepsOfBasedOnAreRefused) {
  const Folder home;
  write_home(home);
  home.write("stacks/t.toml", "title = \"Once\"\nbased_on = \"s\"\n");
  home.write("stacks/u.toml", "title = \"Twice\"\nbased_on = \"t\"\n");
  const Catalog catalog = catalog_of(home.path());
  EXPECT_TRUE(catalog.stacks.contains("t"));
  EXPECT_FALSE(catalog.stacks.contains("u"));
  EXPECT_EQ(all_issues(catalog),
            "stacks/u.toml:2:1: based_on: 't' is itself based on another: one step only, "
            "so name what differs from that one\n");
}

TEST(Files, AnUnknownBaseIsRefusedWithTheKnownOnes) {
  const Folder home;
  write_home(home);
  home.write("stacks/t.toml", "title = \"Once\"\nbased_on = \"ss\"\n");
  EXPECT_EQ(
      all_issues(catalog_of(home.path())),
      "stacks/t.toml:2:1: based_on: 'ss' is no file in stacks; did you mean 's'?; known: s\n");
}

// --- The catalog
// ------------------------------------------------------------------------------------

TEST(Files, AMistakeInOneFileKeepsNoOtherFromBeingRead) {
  const Folder home;
  write_home(home);
  home.write("stacks/bad.toml", "title = 3\n");
  const Catalog catalog = catalog_of(home.path());
  EXPECT_TRUE(catalog.broken.contains("stacks/bad.toml"));
  EXPECT_TRUE(catalog.stacks.contains("s"));
}

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
  EXPECT_EQ(printed(issues), "");
  EXPECT_TRUE(catalog.stacks.contains("alone"));
  EXPECT_FALSE(kind_of("x = 1\n"));
  EXPECT_TRUE(mentions(issues, "is none of the files Strata knows"));
}

}  // namespace
}  // namespace strata
