// Writes the tender's filters of system calls, as libseccomp compiles them, into a C++ file: the
// tender itself then neither carries the library nor runs it before each guest.
//
//   strata-tender-filter FILE

#include <linux/filter.h>
#include <linux/kvm.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "real-harness/tender/filter.h"

namespace strata {
namespace {

void must(int result) {
  if (result < 0) throw std::runtime_error("libseccomp cannot make the filter");
}

std::vector<sock_filter> compiled(bool network) {
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(seccomp_init(SCMP_ACT_KILL_PROCESS),
                                                                &seccomp_release);
  must(filter ? 0 : -1);
  // A tree: when it takes the filter, the kernel runs it for every system call that there is.
  must(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
  for (const scmp_datum_t request : {scmp_datum_t{KVM_RUN}, KVM_GET_REGS, KVM_GET_SREGS}) {
    const scmp_arg_cmp arguments[] = {{0, SCMP_CMP_EQ, scmp_datum_t{kVcpuInFilter}, 0},
                                      {1, SCMP_CMP_EQ, request, 0}};
    must(seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 2, arguments));
  }
  // Behind the first three: what the C and C++ libraries need to throw, free and end.
  for (const int call : {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(clock_gettime),  //
                         SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(close), SCMP_SYS(futex),
                         SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(exit_group)})
    must(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0));
  if (network) must(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(ppoll), 0));

  const int file = memfd_create("filter", MFD_CLOEXEC);
  must(file);
  must(seccomp_export_bpf(filter.get(), file));
  const off_t size = lseek(file, 0, SEEK_END);
  std::vector<sock_filter> out(static_cast<std::size_t>(size) / sizeof(sock_filter));
  if (pread(file, out.data(), static_cast<std::size_t>(size), 0) != size) must(-1);
  close(file);
  return out;
}

void write(std::ofstream& to, const char* name, const std::vector<sock_filter>& filter) {
  to << "const sock_filter " << name << "[] = {\n";
  for (const sock_filter& f : filter)
    to << "    {" << f.code << ", " << int{f.jt} << ", " << int{f.jf} << ", " << f.k << "u},\n";
  to << "};\n";
}

}  // namespace
}  // namespace strata

int main(int count, char** arguments) {
  try {
    if (count != 2) throw std::runtime_error("usage: strata-tender-filter FILE");
    std::ofstream to(arguments[1]);
    to << "// Written by real-harness/tender/filter/export.cpp.\n#include "
          "\"real-harness/tender/filter.h\"\n\nnamespace strata {\nnamespace {\n";
    strata::write(to, "kPlain", strata::compiled(false));
    strata::write(to, "kWithNetwork", strata::compiled(true));
    to << "}  // namespace\n\nstd::span<const sock_filter> filter_of(bool network) {\n  if "
          "(network) return kWithNetwork;\n  return kPlain;\n}\n\n}  // namespace strata\n";
    if (!to.flush()) throw std::runtime_error(std::string(arguments[1]) + " cannot be written");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "strata-tender-filter: %s\n", error.what());
    return 1;
  }
}
