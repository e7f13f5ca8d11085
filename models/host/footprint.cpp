#include "models/host/footprint.h"

#include <cmath>

namespace strata {
namespace {

template <class Each>
void each_entry(const StackFile& stack, const Each& each) {
  for (const MemoryEntry& entry : stack.memory) each(entry);
  for (const StackLayer& layer : stack.layers)
    for (const MemoryEntry& entry : layer.layer.memory) each(entry);
}

void add(Ledger& ledger, Ledger::Holder holder, const MemoryEntry& entry, const Draws& draws) {
  const bool the_same = entry.kind == MemoryKind::shared || entry.kind == MemoryKind::mergeable;
  ledger.add(holder, entry.kind, std::llround(draws(entry.size)),
             the_same ? ledger.identity(entry.identity) : 0);
}

}  // namespace

void add_instance(Ledger& ledger, Ledger::Holder holder, const StackFile& stack,
                  const Draws& draws) {
  each_entry(stack, [&](const MemoryEntry& entry) {
    if (entry.kind != MemoryKind::fixed) add(ledger, holder, entry, draws);
  });
}

void add_host(Ledger& ledger, Ledger::Holder holder, const StackFile& stack, const Draws& draws) {
  each_entry(stack, [&](const MemoryEntry& entry) {
    if (entry.kind == MemoryKind::fixed) add(ledger, holder, entry, draws);
  });
}

Footprint footprint(const StackFile& stack, const MachineFile& machine, const Draws& draws) {
  Ledger ledger(std::llround(draws(machine.memory)));
  Footprint f;
  add_host(ledger, 0, stack, draws);
  f.fixed = ledger.resident();
  add_instance(ledger, 1, stack, draws);
  f.first = ledger.resident();
  f.configured = ledger.configured();
  f.private_ = ledger.held(1, MemoryKind::private_) + ledger.held(1, MemoryKind::mergeable) +
               ledger.held(1, MemoryKind::reclaimable);
  f.mergeable = ledger.held(1, MemoryKind::mergeable);
  add_instance(ledger, 2, stack, draws);
  f.marginal = ledger.resident() - f.first;

  double assumed = 0, all = 0;
  each_entry(stack, [&](const MemoryEntry& entry) {
    const bool counts = entry.kind == MemoryKind::private_ || entry.kind == MemoryKind::mergeable ||
                        entry.kind == MemoryKind::reclaimable;
    if (!counts) return;
    all += draws(entry.size);
    if (entry.size.source.evidence == Evidence::assumed) assumed += draws(entry.size);
  });
  f.assumed = all > 0 ? assumed / all : 0;
  return f;
}

std::int64_t density(const Footprint& f, std::int64_t capacity) {
  if (f.first > capacity || f.marginal <= 0) return 0;
  return 1 + (capacity - f.first) / f.marginal;
}

}  // namespace strata
