#include "real-harness/tender/confine.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "real-harness/tender/filter.h"

namespace strata {
namespace {

constexpr unsigned kNobody = 65534;  // the user and group without rights, on every Linux

void must(long result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

bool is_root() { return geteuid() == 0; }

void become_nobody() {
  int signal = 0;  // at the parent's death; the kernel forgets it when the user changes
  must(prctl(PR_GET_PDEATHSIG, &signal), "PR_GET_PDEATHSIG");
  const pid_t parent = getppid();
  must(setgroups(0, nullptr), "setgroups");
  // In a user namespace that does not know nobody, it stays who it is, without its rights.
  if (setresgid(kNobody, kNobody, kNobody) < 0 && errno != EINVAL) must(-1, "setresgid");
  if (setresuid(kNobody, kNobody, kNobody) < 0 && errno != EINVAL) must(-1, "setresuid");
  if (signal == 0) return;
  must(prctl(PR_SET_PDEATHSIG, signal), "PR_SET_PDEATHSIG");
  if (getppid() != parent) _exit(3);  // it died in between
}

void limit(__rlimit_resource resource, rlim_t most) {
  const rlimit to{most, most};
  must(setrlimit(resource, &to), "setrlimit");
}

void drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  must(syscall(SYS_capset, &header, none), "capset");
}

void set_filter(int vcpu, bool network) {
  std::array<sock_filter, 128> filter;
  const std::span<const sock_filter> known = filter_of(network);
  if (known.size() > filter.size()) {
    errno = E2BIG;
    must(-1, "the filter of system calls");
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    filter[i] = known[i];
    if (filter[i].k == kVcpuInFilter) filter[i].k = static_cast<std::uint32_t>(vcpu);
  }
  const sock_fprog program{static_cast<unsigned short>(known.size()), filter.data()};
  must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "the filter of system calls");
}

}  // namespace

void enter_empty_root() {
  if (!is_root()) return;
  char folder[] = "/tmp/strata-tender-XXXXXX";
  const int parent = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
  must(parent, "/tmp");
  must(mkdtemp(folder) ? 0 : -1, "an empty folder in /tmp");
  must(chroot(folder), "chroot");
  must(chdir("/"), "chroot");
  must(unlinkat(parent, folder + sizeof "/tmp", AT_REMOVEDIR), folder);
  close(parent);
}

void confine(int vcpu, bool network) {
  if (is_root()) become_nobody();
  limit(RLIMIT_CORE, 0);
  // Not RLIMIT_NPROC: newer kernels (6.18) start a task of their own in this process at the first
  // KVM_RUN; the filter forbids it to start any of its own.
  limit(RLIMIT_NOFILE, 1);  // 0 would forbid to wait for a descriptor
  drop_capabilities();
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
  set_filter(vcpu, network);
}

}  // namespace strata
