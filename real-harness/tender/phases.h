#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace strata {

/// The host's CLOCK_MONOTONIC, ns, at the ends of a guest's phases.
class Phases {
 public:
  Phases() { stamps_.reserve(32); }

  /// The phase of this name ends now. Names are literals: nothing is allocated on the way.
  void end(const char* name);
  /// The guest marked this capital; the first ones are kept.
  void mark(char byte);
  /// One line a phase: NAME and its stamp.
  std::string print() const;

 private:
  struct Stamp {
    const char* name;
    char mark;
    std::int64_t at;
  };
  void add(const char* name, char mark);

  std::vector<Stamp> stamps_;
};

}  // namespace strata
