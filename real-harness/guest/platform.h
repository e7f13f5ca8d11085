#pragma once

#include "steps.h"

// What the guest program needs of whatever it runs on: linux/ is one such platform, unikernel/
// another.

namespace guest {

using Bytes = unsigned long;

/// Says to the host that the guest is so far; see the head of probe.cpp.
void mark(char byte);

/// Writes to the standard output (1) or the standard error (2).
void write_to(int to, const char* text, long size);

/// Waits for one byte of the standard input, or for its end.
void read_byte();

/// A clock in ns that starts anywhere and runs at the host's rate.
long now();

/// That many calls, one after another, into what is below the program, which has nothing to do.
void null_calls(long count);

/// Memory nobody has touched since the instance's start, in pages of 4 KiB where it has them.
volatile char* fresh_memory(Bytes size);

/// Does nothing for ever.
[[noreturn]] void hang();

/// Ends the instance, of a machine the machine.
[[noreturn]] void end(int status);

/// Makes usable what the instance is offered: between the marks `memory ready` and `devices ready`.
void prepare_devices();

/// What the steps leave to be done, after the last one.
void finish_steps();

/// The steps only this platform has.
struct Steps {
  const Step* first;
  int count;
};
Steps own_steps();

/// The program, whose words are its steps: from the mark `entered` on. Returns after `done`.
void run(int count, char** words);

}  // namespace guest
