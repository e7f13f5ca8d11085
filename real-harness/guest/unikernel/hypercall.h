#pragma once

#include "../../tender/abi.h"

// The unikernel's side of the hypercalls of tender/abi.h.

namespace guest {

namespace abi = strata::abi;

inline const abi::BootInfo& boot() {
  return *reinterpret_cast<const abi::BootInfo*>(abi::kBootInfo);
}

inline void out(unsigned short port, unsigned char value) {
  asm volatile("outb %0, %1" : : "a"(value), "d"(port) : "memory");
}

inline void out(unsigned short port, unsigned value) {
  asm volatile("outl %0, %1" : : "a"(value), "d"(port) : "memory");
}

inline unsigned in(unsigned short port) {
  unsigned value;
  asm volatile("inl %1, %0" : "=a"(value) : "d"(port) : "memory");
  return value;
}

inline unsigned low(const void* pointer) {
  return static_cast<unsigned>(reinterpret_cast<unsigned long>(pointer));
}

}  // namespace guest
