// Preloaded into user-mode Linux so that it runs on hosts whose processors have large extended
// state.
//
// User-mode Linux keeps the floating-point and vector registers of its processes in a buffer sized
// for AVX-512 and writes them back by PTRACE_SETREGSET(NT_X86_XSTATE). A host whose processor has
// AMX keeps 8 KiB more a thread, and its kernel refuses a write shorter than its own state
// (EFAULT), upon which user-mode Linux ends the process. Here a short write is completed: the whole
// state is read, its beginning replaced, and the whole written.

#define _GNU_SOURCE
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long kernel_ptrace(long request, long pid, void* address, void* data) {
  return syscall(SYS_ptrace, request, pid, address, data);
}

static long set_xstate(long pid, const struct iovec* given) {
  // 64: XRSTOR wants it aligned. 16 KiB holds the state of every x86-64 processor so far (AMX: 11
  // KiB).
  static __thread char whole[16384] __attribute__((aligned(64)));
  struct iovec state = {whole, sizeof whole};
  void* const kind = (void*)NT_X86_XSTATE;
  if (kernel_ptrace(PTRACE_GETREGSET, pid, kind, &state) != 0 || state.iov_len <= given->iov_len)
    return kernel_ptrace(PTRACE_SETREGSET, pid, kind, (void*)given);
  memcpy(whole, given->iov_base, given->iov_len);
  return kernel_ptrace(PTRACE_SETREGSET, pid, kind, &state);
}

long ptrace(enum __ptrace_request request, ...) {
  va_list rest;
  va_start(rest, request);
  const long pid = va_arg(rest, pid_t);
  void* const address = va_arg(rest, void*);
  void* const data = va_arg(rest, void*);
  va_end(rest);
  if (request == PTRACE_SETREGSET && (long)address == NT_X86_XSTATE) return set_xstate(pid, data);
  if (request < PTRACE_PEEKTEXT || request > PTRACE_PEEKUSER)
    return kernel_ptrace(request, pid, address, data);
  // The C library returns a peeked word; the kernel writes it where `data` points.
  long word = 0;
  const long result = kernel_ptrace(request, pid, address, &word);
  return result < 0 ? result : word;
}
