#pragma once

#include <string>

namespace strata {

/// A text as one word of a shell command.
std::string shell_word(const std::string& text);

/// What a shell command printed to standard output, and how it ended.
struct ShellResult {
  std::string output;
  bool succeeded = false;
};
ShellResult run_shell(const std::string& command);

}  // namespace strata
