#pragma once

#include <cstdint>

#include "models/host/ledger.h"
#include "models/layers/draws.h"
#include "models/study/machine_file.h"
#include "models/study/stack_file.h"

namespace strata {

/// What the instances of one stack hold on one machine, through the host's ledger, in bytes.
struct Footprint {
  std::int64_t fixed = 0;       ///< resident once a host, before any instance
  std::int64_t private_ = 0;    ///< of one instance, nobody shares it
  std::int64_t first = 0;       ///< resident with one instance
  std::int64_t marginal = 0;    ///< what one more adds while others run
  std::int64_t configured = 0;  ///< promised to one instance
  std::int64_t mergeable = 0;   ///< of one instance, the same in all of them, were it merged
  double assumed = 0;           ///< share of the marginal bytes that rest on assumed numbers
};

Footprint footprint(const StackFile& stack, const MachineFile& machine, const Draws& draws);

/// Resident bytes with so many instances: instances of one stack are alike, so every one after the
/// first adds the marginal. Tested against a ledger filled one by one.
inline std::int64_t resident(const Footprint& f, std::int64_t instances) {
  return instances == 0 ? f.fixed : f.first + (instances - 1) * f.marginal;
}

/// How many instances fit the machine's memory, nothing taken back.
std::int64_t density(const Footprint& f, std::int64_t capacity);

/// Adds what one instance holds, as the stack's layers state it.
void add_instance(Ledger& ledger, Ledger::Holder holder, const StackFile& stack,
                  const Draws& draws);
/// Adds what the host holds whatever runs.
void add_host(Ledger& ledger, Ledger::Holder holder, const StackFile& stack, const Draws& draws);

}  // namespace strata
