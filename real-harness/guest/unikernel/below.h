#pragma once

#include "../platform.h"

// What a unikernel needs of what is below it, besides the functions of platform.h that tender/ and
// pvh/ have each for itself. program.cpp has the others, which are alike on both.

namespace guest {

/// What the instance was given at its start.
struct Given {
  unsigned long memory, memory_end;  ///< addresses of memory that nobody has touched
  unsigned long tsc_khz;             ///< rate of the time stamp counter
};
Given given();

/// A null call into what runs the guest: the step `hypercall`.
void null_hypercall();

[[gnu::always_inline]] inline void out(unsigned short port, unsigned char value) {
  asm volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

[[gnu::always_inline]] inline void out(unsigned short port, unsigned value) {
  asm volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

[[gnu::always_inline]] inline unsigned in(unsigned short port) {
  unsigned value;
  asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
  return value;
}

[[gnu::always_inline]] inline unsigned char in_byte(unsigned short port) {
  unsigned char value;
  asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
  return value;
}

struct Leaf {
  unsigned a, b, c, d;
};

inline Leaf cpuid(unsigned leaf, unsigned sub = 0) {
  Leaf out;
  asm volatile("cpuid" : "=a"(out.a), "=b"(out.b), "=c"(out.c), "=d"(out.d) : "a"(leaf), "c"(sub));
  return out;
}

}  // namespace guest
