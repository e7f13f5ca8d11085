#include "models/study/numbers.h"

#include <set>

namespace strata {
namespace {

class Collector {
 public:
  std::string layer;
  std::vector<NamedNumber> found;

  template <class T>
  void add(const std::string& what, const Sourced<T>& n) {
    if (n.id.empty() || !seen_.insert(n.id).second) return;  // structure, or a row of a parameter
    found.push_back({layer, what, erase(n)});
  }
  void add(const std::string& what, const Sourced<Quantity>& n) {
    if (!n.id.empty() && seen_.insert(n.id).second) found.push_back({layer, what, n});
  }
  template <class T>
  void add(const std::string& what, const std::optional<Sourced<T>>& n) {
    if (n) add(what, *n);
  }

 private:
  std::set<std::string> seen_;
};

void add_row(Collector& out, const Row& row) {
  const std::string head = "ops." + std::string(name(row.op)) + ".";
  out.add(head + "latency", row.latency);
  out.add(head + "latency_per_byte", row.latency_per_byte);
  out.add(head + "filter_steps", row.filter_steps);
  out.add(head + "filter_steps_per_number", row.filter_steps_per_number);
  for (const auto& [account, n] : row.cpu) out.add(head + "cpu." + std::string(name(account)), n);
  for (const auto& [account, n] : row.cpu_per_byte)
    out.add(head + "cpu_per_byte." + std::string(name(account)), n);
  for (const Cause& cause : row.causes) out.add(head + std::string(name(cause.op)), cause.count);
}

void add_boot(Collector& out, const std::vector<BootPhase>& boot) {
  for (const BootPhase& phase : boot) {
    const std::string head = "boot." + phase.name + ".";
    out.add(head + "cpu", phase.cpu);
    out.add(head + "clock", phase.clock);
    out.add(head + "wait", phase.wait);
    out.add(head + "per_running", phase.per_running);
    out.add(head + "disk", phase.disk);
    out.add(head + "network", phase.network);
    out.add(head + "memory", phase.memory);
    out.add(head + "jitter", phase.jitter);
  }
}

void add_memory(Collector& out, const std::vector<MemoryEntry>& memory) {
  for (const MemoryEntry& entry : memory)
    out.add("memory." + entry.name + " (" + std::string(name(entry.kind)) + ")", entry.size);
}

}  // namespace

std::vector<NamedNumber> numbers(const MachineFile& machine) {
  Collector out;
  out.layer = "machine";
  out.add("clock", machine.clock);
  out.add("memory", machine.memory);
  out.add("memory_bandwidth", machine.memory_bandwidth);
  out.add("filter_step", machine.filter_step);
  for (const auto& [name, device] : machine.devices) {
    out.add("devices." + name + ".rate", device.rate);
    out.add("devices." + name + ".latency", device.latency);
  }
  if (machine.launcher) {
    out.add("launcher.each", machine.launcher->each);
    out.add("launcher.between", machine.launcher->between);
  }
  if (machine.contention) {
    out.add("contention.vm_start", machine.contention->vm_start);
    out.add("contention.guest_boot", machine.contention->guest_boot);
    out.add("contention.spread", machine.contention->spread);
  }
  if (machine.idle) {
    out.add("idle.wake", machine.idle->wake);
    out.add("idle.deep", machine.idle->deep);
    out.add("idle.deep_after", machine.idle->deep_after);
  }
  if (machine.emulation) {
    out.add("emulation.work", machine.emulation->work);
    out.add("emulation.syscall", machine.emulation->syscall);
  }
  if (const auto& path = machine.memory_path) {
    out.add("memory_path.work", path->work);
    out.add("memory_path.cache", path->cache);
    out.add("memory_path.ways", path->ways);
    out.add("memory_path.hit", path->hit);
    out.add("memory_path.alone", path->alone);
    out.add("memory_path.beside", path->beside);
    out.add("memory_path.spilling", path->spilling);
    out.add("memory_path.streamed", path->streamed);
  }
  for (int c = 0; c < kCrossings; ++c)
    out.add("crossings." + crossing_names()[static_cast<std::size_t>(c)],
            machine.crossings[static_cast<std::size_t>(c)]);
  for (const Row& row : machine.rows) add_row(out, row);
  return out.found;
}

std::vector<NamedNumber> numbers(const StackFile& stack) {
  Collector out;
  out.layer = "app";
  add_boot(out, stack.boot);
  add_memory(out, stack.memory);
  for (const StackLayer& layer : stack.layers) {
    out.layer = layer.name;
    for (const auto& [key, n] : layer.layer.parameters) out.add(key, n);
    for (const Row& row : layer.layer.rows) add_row(out, row);
    add_boot(out, layer.layer.boot);
    add_memory(out, layer.layer.memory);
    if (const auto& translation = layer.layer.translation) {
      out.add("translation.page", translation->page);
      out.add("translation.cache", translation->cache);
    }
    out.add("image", layer.layer.image);
    for (const Housekeeping& work : layer.layer.housekeeping) {
      out.add("housekeeping." + work.name + ".rate", work.rate);
      out.add("housekeeping." + work.name + ".cpu", work.cpu);
    }
  }
  return out.found;
}

}  // namespace strata
