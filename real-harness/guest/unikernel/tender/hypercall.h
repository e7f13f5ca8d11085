#pragma once

#include "../../../tender/abi.h"
#include "../below.h"

// The unikernel's side of the hypercalls of tender/abi.h.

namespace guest {

namespace abi = strata::abi;

inline const abi::BootInfo& boot() {
  return *reinterpret_cast<const abi::BootInfo*>(abi::kBootInfo);
}

inline unsigned low(const void* pointer) {
  return static_cast<unsigned>(reinterpret_cast<unsigned long>(pointer));
}

}  // namespace guest
