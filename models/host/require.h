#pragma once

#include <stdexcept>

namespace strata {

/// The host engine's answer to misuse by a caller: an exception that says what was expected.
inline void require(bool condition, const char* expected) {
  if (!condition) throw std::invalid_argument(expected);
}

}  // namespace strata
