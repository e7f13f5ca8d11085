#include "real-harness/tender/phases.h"

#include <time.h>

namespace strata {

void Phases::end(const char* name) { add(name, 0); }

void Phases::mark(char byte) {
  // A guest may mark anything, without end; one place is kept for its end.
  if (byte >= 'A' && byte <= 'Z' && stamps_.size() + 1 < stamps_.capacity()) add("mark ", byte);
}

std::string Phases::print() const {
  std::string out;
  for (const Stamp& stamp : stamps_) {
    out += stamp.name;
    if (stamp.mark) out += stamp.mark;
    out += ' ' + std::to_string(stamp.at) + '\n';
  }
  return out;
}

void Phases::add(const char* name, char mark) {
  if (stamps_.size() == stamps_.capacity()) return;
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  stamps_.push_back({name, mark, t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec});
}

}  // namespace strata
