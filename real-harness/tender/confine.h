#pragma once

namespace strata {

/// Once every file is open: the root and working directory are from here on a folder that is
/// removed already, in which nothing is and nothing can be made. Does nothing without root's
/// rights, which it takes. Throws std::system_error.
void enter_empty_root();

/// From here on this process has no rights, and may do only what running the guest takes: run the
/// virtual processor and look at its registers, read, write, and end; wait for a packet if it has a
/// network. Any other system call kills it (seccomp; no_new_privs). Root becomes nobody, the
/// capabilities of any user are gone, and it opens no file, starts no process and leaves no core.
/// Throws std::system_error.
void confine(int vcpu, bool network);

}  // namespace strata
