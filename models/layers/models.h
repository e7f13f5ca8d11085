#pragma once

#include <map>
#include <string>

#include "models/study/model.h"

namespace strata {

/// A monolithic kernel, as host or as guest: its own work for each operation, and what it asks of
/// what stands beneath it (a device, or a hypervisor that looks like one).
Model kernel_model();
/// A hypervisor with its device back ends, in the host kernel or in a user-space VMM: what leaves
/// the guest, is carried out and comes back as an interrupt.
Model hypervisor_model();
/// A container: the same kernel beneath, with a filter on each system call, a virtual network pair
/// and a memory controller in between.
Model container_model();
/// A unikernel: application and library operating system in one address space; what is a system
/// call elsewhere is a function call here.
Model unikernel_model();

/// The four, by id.
std::map<std::string, Model> layer_models();

}  // namespace strata
