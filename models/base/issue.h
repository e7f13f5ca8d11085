#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strata {

/// A place in a file a person wrote. Lines and columns count from 1; 0 means the whole file.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

/// One mistake in what a person wrote: where, on what, and what was expected instead.
struct Issue {
  Place place;
  std::string path;  ///< dotted, e.g. layers.guest.ops.syscall.latency
  std::string message;
};

/// Issues are collected, never only the first one.
using Issues = std::vector<Issue>;

/// "file:line:column: path: message"
std::string print(const Issue& issue);

/// Sorted by place, without repetitions: the order in which a person mends a file.
void sort(Issues& issues);

/// "; did you mean 'x'?" when a known name is near, then "; known: a, b, c" (at most `limit`).
std::string suggest(std::string_view wrong, const std::vector<std::string>& known,
                    std::size_t limit = 24);

}  // namespace strata
