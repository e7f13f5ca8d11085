// A Firecracker guest that resumes from a memory snapshot instead of booting: the worked example of
// a stack in C++. It takes firecracker_linux, whose operations and memory it keeps, and computes
// what a file of numbers cannot: the boot is not a kernel's start but as many page faults as the
// guest touches pages on its way to the first answer.

#include "models/study/catalog.h"
#include "models/study/reader.h"

namespace strata {
namespace {

using enum Dimension;

BootPhase phase(std::string name, const Sourced<Duration>& cpu, std::vector<std::string> after) {
  BootPhase out;
  out.name = std::move(name);
  out.cpu = cpu;
  out.after = std::move(after);
  return out;
}

}  // namespace

void stack_firecracker_snapshot(Catalog& catalog) {
  const auto base = catalog.stacks.find("firecracker_linux");
  if (base == catalog.stacks.end()) return;  // its mistakes are reported under its own name
  StackFile stack = base->second;
  stack.id = "firecracker_snapshot";
  stack.title = "Linux guest on Firecracker, resumed from a memory snapshot";
  stack.about =
      "The VMM maps the snapshot and resumes; every page the guest touches then faults in from the "
      "page cache (warm host). boot.total ends with the first answer, as in the published runs.";

  const auto touched = restore<ratio>(stated("boot.resume.faults", "9000", "2000", "25000",
                                             "cited: faasnap22-0009, faults of one invocation; "
                                             "range from 8 to 99 MB touched (reap21-0010)"));
  const auto fault = restore<time>(stated("boot.resume.fault", "3.7 us", "2.5 us", "6.7 us",
                                          "cited: faasnap22-0006, a minor fault on the page cache; "
                                          "low anonymous, high userfaultfd (faasnap22-0008)"));
  const auto load = restore<time>(stated(
      "boot.restore", "8 ms", "3 ms", "30 ms",
      "assumed: reading device state and mapping memory of a VMM that is there; 50 ms with its "
      "start and emulation on a loaded store (reap21-0004) is the ceiling"));
  auto resume = product(touched, fault, "stacks/firecracker_snapshot.cpp:boot.resume");

  for (StackLayer& layer : stack.layers) {
    std::vector<BootPhase>& boot = layer.layer.boot;
    if (layer.name == "kvm") {
      // exec stays; configuring and loading a kernel give way to the restore.
      std::erase_if(boot, [](const BootPhase& p) { return p.name != "exec"; });
      boot.push_back(phase("restore", load, {"exec"}));
    }
    // Of the guest's memory only what it touches is its own; the rest stays in the snapshot's file.
    if (layer.name == "guest")
      layer.layer.memory = {
          {"touched", MemoryKind::private_,
           restore<bytes>(stated("memory.touched", "24 MB", "8 MB", "99 MB",
                                 "cited: reap21-0011, mean of all functions; range reap21-0010")),
           ""}};
    if (layer.name == "guest") boot = {phase("resume", resume, {"kvm.restore"})};
  }
  stack.boot.clear();  // the application is in the snapshot, running
  std::erase_if(stack.memory, [](const MemoryEntry& e) { return e.kind == MemoryKind::private_; });
  stack.clocks = {{"in_vmm", "kvm.restore"}};
  catalog.stacks.insert_or_assign(stack.id, std::move(stack));
}

}  // namespace strata
