#pragma once

#include <string>

namespace strata {

/// The commented files `strata new` writes, each working as it stands, for a thing of that name.
std::string stack_file_template(const std::string& name);
std::string stack_cpp_template(const std::string& name);
std::string workload_file_template(const std::string& name);
std::string policy_cpp_template(const std::string& name);

}  // namespace strata
