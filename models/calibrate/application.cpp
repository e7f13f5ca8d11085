#include "models/calibrate/application.h"

#include <algorithm>

namespace strata {
namespace {

MemoryEntry entry(const char* name, MemoryKind kind, const Sourced<Bytes>& size) {
  return {name, kind, size, kind == MemoryKind::shared ? "application-text" : ""};
}

}  // namespace

StackFile holding(const StackFile& stack, const WorkloadFile* workload) {
  StackFile out = stack;
  if (!workload || !workload->memory) return out;
  const auto is = [](MemoryKind kind) {
    return [kind](const MemoryEntry& held) { return held.kind == kind; };
  };
  const bool shares = std::any_of(out.memory.begin(), out.memory.end(), is(MemoryKind::shared));
  std::erase_if(out.memory, is(MemoryKind::shared));
  std::erase_if(out.memory, is(MemoryKind::private_));
  out.memory.push_back(entry("anonymous", MemoryKind::private_, workload->memory->anonymous));
  out.memory.push_back(entry("mapped", shares ? MemoryKind::shared : MemoryKind::private_,
                             workload->memory->mapped));
  return out;
}

void append_run(BootPlan& plan, const StackModel& run, const Draws& draws) {
  PlanPhase phase;
  phase.name = run.workload().id;
  phase.account = Account::app;
  phase.cpu = solve(run.system(draws)).latency;
  std::vector<bool> last(plan.phases.size(), true);
  for (const PlanPhase& each : plan.phases)
    for (const std::size_t before : each.after) last[before] = false;
  for (std::size_t p = 0; p < last.size(); ++p)
    if (last[p]) phase.after.push_back(p);
  plan.phases.push_back(std::move(phase));
}

}  // namespace strata
