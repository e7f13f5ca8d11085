// Is each mistake in the five kinds of files named, and does it stop nothing else?

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/good_files.h"

namespace strata {
namespace {

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

TEST(FileMistakes, EachMistakeInALayerIsNamed) {
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

TEST(FileMistakes, EachMistakeInAMachineIsNamed) {
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

TEST(FileMistakes, EachMistakeInAStackIsNamed) {
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

TEST(FileMistakes, EachMistakeInAWorkloadIsNamed) {
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

TEST(FileMistakes, EachMistakeInAScenarioIsNamed) {
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

TEST(FileMistakes, AMistakeInAVariantIsSaidAtItsPlace) {
  Issues issues;
  const std::string variant =
      "[variants.large]\nops.packet_sent = { value = 30, from = \"cited: paper2020\" }\n";
  read_workloads(tree(kWorkload + variant), "w", issues);
  EXPECT_TRUE(mentions(issues, "variants.large.ops.packet_sent"));
  EXPECT_TRUE(mentions(issues, "packet_send"));
}

TEST(FileMistakes, TwoStepsOfBasedOnAreRefused) {
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

TEST(FileMistakes, AnUnknownBaseIsRefusedWithTheKnownOnes) {
  const Folder home;
  write_home(home);
  home.write("stacks/t.toml", "title = \"Once\"\nbased_on = \"ss\"\n");
  EXPECT_EQ(
      all_issues(catalog_of(home.path())),
      "stacks/t.toml:2:1: based_on: 'ss' is no file in stacks; did you mean 's'?; known: s\n");
}

TEST(FileMistakes, AMistakeInOneFileKeepsNoOtherFromBeingRead) {
  const Folder home;
  write_home(home);
  home.write("stacks/bad.toml", "title = 3\n");
  const Catalog catalog = catalog_of(home.path());
  EXPECT_TRUE(catalog.broken.contains("stacks/bad.toml"));
  EXPECT_TRUE(catalog.stacks.contains("s"));
}

}  // namespace
}  // namespace strata
