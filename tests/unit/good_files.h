#pragma once

#include <string>

#include "tests/unit/written.h"

/// One good file of each kind, for tests that read them or plant mistakes in them.
namespace strata {

inline const std::string kLayer = R"(title = "A kernel of two operations"
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

inline const std::string kMachine = R"(title = "A machine"
aliases = ["old_name"]
cores = 8
era = 2020
accel = "kvm-vmx"
clock = { value = "2 GHz", from = "cited: paper2020" }
memory = { value = "64 GiB", from = "cited: paper2020" }
memory_bandwidth = { value = "10 GB/s", from = "cited: paper2020" }
filter_step = { value = "2 ns", from = "cited: paper2020" }
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

inline const std::string kStack = R"(title = "One kernel"
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

inline const std::string kWorkload = R"(title = "A request"
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

inline const std::string kScenario = R"(question = "How long?"
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
inline void write_home(const Folder& home) {
  home.write("stacks/layers/small.toml", kLayer);
  home.write("stacks/machines/m.toml", kMachine);
  home.write("stacks/s.toml", kStack);
  home.write("workloads/w.toml", kWorkload);
  home.write("workloads/scenarios/q.toml", kScenario);
  home.write("results/published/sources.toml",
             "[paper2020]\ntitle = \"A paper\"\nyear = 2020\nwhere = \"a journal\"\n");
}

inline std::string all_issues(const Catalog& catalog) {
  std::string text;
  for (const auto& [file, issues] : catalog.broken) text += printed(issues);
  return text;
}

}  // namespace strata
