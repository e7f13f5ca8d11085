#pragma once

namespace strata {

/// From here on this process may do only what running the guest takes: run the virtual processor
/// and look at its registers, read, write, and end. Any other system call kills it (seccomp;
/// no_new_privs). With a network, wait for frames too. Throws std::runtime_error.
void confine(int vcpu, bool network);

}  // namespace strata
