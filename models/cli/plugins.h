#pragma once

namespace strata {

struct Catalog;

/// Call stack_NAME(catalog) for every stacks/NAME.cpp and workload_NAME(catalog) for every
/// workloads/NAME.cpp, in alphabetical order. CMake writes both functions from the files it finds.
void add_stacks(Catalog& catalog);
void add_workloads(Catalog& catalog);

}  // namespace strata
