// What does a filter of system calls cost? Counts the instructions that Docker's default profile
// executes for a call, by libseccomp in a row and as a tree; times a call under filters that the
// kernel has compiled, remembers or must run; and times one instruction in an interpreter of the
// shape of the kernel's, with and without retpolines. On a machine that does nothing else:
//
//   build/strata_filters > results/measured/NAME_filters/filters.csv
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "real-harness/filters/interpreter.h"
#include "real-harness/runners/seccomp.h"
#include "real-harness/timed.h"

namespace strata {
namespace {

using Filter = std::vector<sock_filter>;

/// One line: median, 5th and 95th percentile of ns (or, for a count, the count).
void row(const std::string& what, const char* unit, const std::vector<double>& values) {
  const Percentiles p = percentiles(values);
  std::printf("%s,%s,%.4g,%.4g,%.4g,%zu\n", what.c_str(), unit, p.median, p.p5, p.p95,
              values.size());
  std::fflush(stdout);
}

// ---- Docker's profile ----

/// Ends the program where libseccomp refused: it returns the error and leaves errno alone.
void must(int returned, const std::string& what) {
  if (returned >= 0) return;
  errno = -returned;
  die(what);
}

Filter docker(int optimize) {
  static const std::map<std::string, scmp_compare> kCompare = {
      {"SCMP_CMP_NE", SCMP_CMP_NE},
      {"SCMP_CMP_LT", SCMP_CMP_LT},
      {"SCMP_CMP_LE", SCMP_CMP_LE},
      {"SCMP_CMP_EQ", SCMP_CMP_EQ},
      {"SCMP_CMP_GE", SCMP_CMP_GE},
      {"SCMP_CMP_GT", SCMP_CMP_GT},
      {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}};
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(1));
  if (!filter) die("seccomp_init");
  must(seccomp_arch_add(filter, SCMP_ARCH_X86), "seccomp_arch_add x86");
  must(seccomp_arch_add(filter, SCMP_ARCH_X32), "seccomp_arch_add x32");
  must(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, static_cast<std::uint32_t>(optimize)),
       "seccomp_attr_set CTL_OPTIMIZE");
  const nlohmann::json section = seccomp_section();
  for (const auto& rule : section.at("syscalls")) {
    if (rule.at("action") != "SCMP_ACT_ALLOW") continue;  // refused like all that is not named
    std::vector<scmp_arg_cmp> arguments;
    for (const auto& arg : rule.value("args", nlohmann::json::array()))
      arguments.push_back({arg.at("index"), kCompare.at(arg.at("op")), arg.at("value"),
                           arg.value("valueTwo", scmp_datum_t{0})});
    for (const std::string name : rule.at("names"))
      if (const int number = seccomp_syscall_resolve_name(name.c_str()); number != __NR_SCMP_ERROR)
        must(seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number,
                                    static_cast<unsigned>(arguments.size()), arguments.data()),
             "seccomp_rule_add_array " + name);
  }
  const int file = memfd_create("filter", MFD_CLOEXEC);
  if (file < 0) die("memfd_create");
  must(seccomp_export_bpf(filter, file), "seccomp_export_bpf");
  Filter out(static_cast<std::size_t>(lseek(file, 0, SEEK_END)) / sizeof(sock_filter));
  if (pread(file, out.data(), out.size() * sizeof(sock_filter), 0) < 0) die("pread");
  close(file);
  seccomp_release(filter);
  return out;
}

/// How many instructions the filter executes for a call whose arguments are zero. The kernel
/// converts them one to one, but for four more: three before the first and one at the end. Not
/// counted is what it adds to comparisons (bpf_convert_filter of net/core/filter.c): one to those
/// with a number of 2^31 and more, of which each call meets one, the architecture's; and one to
/// those that have both targets, when they fail, of which the calls below meet none.
int executed(const Filter& filter, int number) {
  const seccomp_data call{number, SCMP_ARCH_X86_64, 0, {}};
  std::uint32_t a = 0;
  int steps = 4;
  for (std::size_t at = 0;; ++at) {
    const sock_filter& f = filter.at(at);
    ++steps;
    switch (f.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        a = *reinterpret_cast<const std::uint32_t*>(reinterpret_cast<const char*>(&call) + f.k);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= f.k;
        break;
      case BPF_JMP | BPF_JA:
        at += f.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += a == f.k ? f.jt : f.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += a >= f.k ? f.jt : f.jf;
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        at += a > f.k ? f.jt : f.jf;
        break;
      case BPF_RET | BPF_K:
        return steps;
      default:
        std::fprintf(stderr, "instruction %#x is not counted\n", f.code);
        std::exit(1);
    }
  }
}

// ---- filters that the kernel runs ----

sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

/// So many comparisons in a row (at most 250), then leave. `unseen` has it look at an argument
/// first, so that the kernel cannot know the answer by the call's number and runs it each time.
Filter chain(int comparisons, bool unseen) {
  Filter out;
  if (unseen) {
    out.push_back(load(offsetof(seccomp_data, args)));
    out.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x5eed, 0, 1));
    out.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  }
  out.push_back(load(offsetof(seccomp_data, nr)));
  for (int i = 0; i < comparisons; ++i)  // numbers of no call
    out.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(5000 + i),
                           static_cast<std::uint8_t>(comparisons - i), 0));
  out.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  out.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  return out;
}

/// getppid in a child under that filter; an empty one is none.
void under(const std::string& what, Filter filter) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) {
    sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    if (!filter.empty() && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                            syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0))
      die("seccomp");
    row(what, "ns", times([] { syscall(SYS_getppid, 0); }, 2000, 300));
    _exit(0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) die(what);
}

// ---- an interpreter ----

std::vector<Step> in_a_row(int comparisons) {
  std::vector<Step> out = {{kDiffer, 0, 0, 0, 0}, {kDiffer, 7, 7, 0, 0}, {kLoad, 2, 1, 0, 0}};
  for (int i = 0; i < comparisons; ++i) out.push_back({kEqual, 2, 0, 1, 5000 + i});
  out.push_back({kPut, 0, 0, 0, 1});
  out.push_back({kDone, 0, 0, 0, 0});
  return out;
}

/// One instruction: between programs of few and of many; in ns, and in cycles by a chain of
/// multiplications beside it, three cycles each, because a processor that others share has no
/// clock of its own.
void one_step(const std::string& what, std::uint64_t (*run)(const Step*, const void*)) {
  const seccomp_data call{SYS_getppid, SCMP_ARCH_X86_64, 0, {}};
  const auto few = in_a_row(20), many = in_a_row(220);
  const auto with = [&](const std::vector<Step>& program) {
    return times(
               [&] {
                 if (run(program.data(), &call) != 1) std::abort();
               },
               100, 1)
        .front();
  };
  std::vector<double> ns, cycles;
  for (int r = 0; r < 2000; ++r) {
    const double less = with(few), more = with(many);
    const auto begin = now();
    std::uint64_t x = 12345;
    for (int i = 0; i < 100'000; ++i) {
      x *= x;
      asm volatile("" : "+r"(x));
    }
    const double cycle = static_cast<double>(now() - begin) / 300'000;
    ns.push_back((more - less) / 200);
    cycles.push_back(ns.back() / cycle);
  }
  row(what, "ns", ns);
  row(what, "cycles", cycles);
}

}  // namespace
}  // namespace strata

int main(int count, char** words) {
  using namespace strata;
  if (count > 1) {
    std::fprintf(stderr, "strata_filters: %s: no such argument; known: none\n", words[1]);
    return 2;
  }
  std::puts("what,unit,median,p5,p95,n");
  const std::map<std::string, int> calls = {{"read", SYS_read},
                                            {"write", SYS_write},
                                            {"writev", SYS_writev},
                                            {"getpid", SYS_getpid},
                                            {"sendto", SYS_sendto},
                                            {"recvfrom", SYS_recvfrom},
                                            {"gettimeofday", SYS_gettimeofday},
                                            {"getppid", SYS_getppid},
                                            {"futex", SYS_futex},
                                            {"epoll_wait", SYS_epoll_wait},
                                            {"epoll_ctl", SYS_epoll_ctl},
                                            {"openat", SYS_openat},
                                            {"accept4", SYS_accept4}};
  const Filter linear = docker(1), tree = docker(2);
  for (const auto& [name, number] : calls) {
    row("docker.in_a_row." + name, "steps", {static_cast<double>(executed(linear, number))});
    row("docker.tree." + name, "steps", {static_cast<double>(executed(tree, number))});
  }
  under("getppid.no_filter", {});
  under("getppid.remembered.1", chain(1, false));
  under("getppid.remembered.250", chain(250, false));
  under("getppid.docker", linear);
  for (const int comparisons : {1, 50, 100, 200, 250})
    under("getppid.run." + std::to_string(comparisons), chain(comparisons, true));
  one_step("interpreted.step", interpreted);
  one_step("interpreted.step.retpoline", interpreted_by_retpolines);
}
