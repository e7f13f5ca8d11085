#include "real-harness/tender/confine.h"

#include <linux/kvm.h>
#include <seccomp.h>
#include <sys/prctl.h>

#include <memory>
#include <stdexcept>

namespace strata {

void confine(int vcpu, bool network) {
  const auto must = [](int result) {
    if (result < 0) throw std::runtime_error("the filter of system calls cannot be set");
  };
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(seccomp_init(SCMP_ACT_KILL_PROCESS),
                                                                &seccomp_release);
  must(filter ? 0 : -1);
  for (const scmp_datum_t request : {scmp_datum_t{KVM_RUN}, KVM_GET_REGS, KVM_GET_SREGS}) {
    const scmp_arg_cmp arguments[] = {{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(vcpu), 0},
                                      {1, SCMP_CMP_EQ, request, 0}};
    must(seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 2, arguments));
  }
  // Behind the first three: what the C and C++ libraries need to throw, free and end.
  for (const int call : {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(clock_gettime),  //
                         SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(close), SCMP_SYS(futex),
                         SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(exit_group)})
    must(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0));
  if (network) must(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(ppoll), 0));
  must(seccomp_load(filter.get()));
}

}  // namespace strata
