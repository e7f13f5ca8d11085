#pragma once

#include "../text.h"

// System calls of Linux on x86-64, without a C library.

namespace guest {

enum Call : long {
  kRead = 0,
  kWrite = 1,
  kOpen = 2,
  kClose = 3,
  kLseek = 8,
  kMmap = 9,
  kIoctl = 16,
  kPread64 = 17,
  kPipe = 22,
  kMadvise = 28,
  kDup2 = 33,
  kPause = 34,
  kNanosleep = 35,
  kGetpid = 39,
  kSocket = 41,
  kConnect = 42,
  kAccept = 43,
  kSendto = 44,
  kRecvfrom = 45,
  kShutdown = 48,
  kBind = 49,
  kListen = 50,
  kGetsockname = 51,
  kGetpeername = 52,
  kSetsockopt = 54,
  kFork = 57,
  kExecve = 59,
  kWait4 = 61,
  kFcntl = 72,
  kChdir = 80,
  kMkdir = 83,
  kGetppid = 110,
  kSetsid = 112,
  kSetgroups = 116,
  kSetresuid = 117,
  kSetresgid = 119,
  kPrctl = 157,
  kMount = 165,
  kReboot = 169,
  kIoSetup = 206,
  kIoDestroy = 207,
  kIoGetevents = 208,
  kIoSubmit = 209,
  kGetdents64 = 217,
  kClockGettime = 228,
  kExitGroup = 231,
  kEpollWait = 232,
  kEpollCtl = 233,
  kEpollCreate1 = 291,
  kFinitModule = 313,
};

inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                 long f = 0) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

template <class T>
long address(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

/// A child that does not outlive this process.
inline long fork_owned() {
  const long parent = call(kGetpid);
  const long pid = must(call(kFork), "fork");
  if (pid == 0) {
    call(kPrctl, 1 /* PR_SET_PDEATHSIG */, 9);
    if (call(kGetppid) != parent) end(1);
  }
  return pid;
}

}  // namespace guest
