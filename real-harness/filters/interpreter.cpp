// An interpreter of the shape of the kernel's for BPF, as far as filters of system calls need it:
// one jump through a table for each instruction. Built twice, with that jump as it is and as a
// retpoline, which is how a mitigated kernel has it. At least and jump are of the table because
// filters have them; what is timed uses neither.
#include "real-harness/filters/interpreter.h"

#ifndef STRATA_INTERPRETER
#error "the name under which this file is built"
#endif

std::uint64_t STRATA_INTERPRETER(const Step* step, const void* call) {
  static const void* const kDo[] = {&&load, &&equal, &&at_least, &&jump, &&put, &&differ, &&done};
  std::uint64_t registers[11] = {};
  registers[1] = reinterpret_cast<std::uintptr_t>(call);
next:
  goto* kDo[step->code];
load:
  registers[step->to] = *reinterpret_cast<const std::uint32_t*>(
      registers[step->from] + static_cast<std::uint64_t>(step->offset));
  ++step;
  goto next;
equal:
  if (registers[step->to] == static_cast<std::uint64_t>(std::int64_t{step->constant}))
    step += step->offset;
  ++step;
  goto next;
at_least:
  if (registers[step->to] >= static_cast<std::uint64_t>(std::int64_t{step->constant}))
    step += step->offset;
  ++step;
  goto next;
jump:
  step += step->offset;
  ++step;
  goto next;
put:
  registers[step->to] = static_cast<std::uint32_t>(step->constant);
  ++step;
  goto next;
differ:
  registers[step->to] ^= registers[step->from];
  ++step;
  goto next;
done:
  return registers[0];
}
