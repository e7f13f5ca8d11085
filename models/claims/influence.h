#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/base/sourced.h"

namespace strata {

/// How much of an answer's spread a parameter carries.
struct Influence {
  std::string id;  ///< of the number: file and path in it
  Evidence evidence{};
  double share = 0;  ///< squared rank correlation (Spearman) of its draws and the answer's
};

/// The parameters that decide an answer, most first: at most `most`, and none below a share of 5 %,
/// which chance alone reaches with 200 draws in about one parameter of a thousand. `draws` are the
/// answer's in trials 1, 2, ...
std::vector<Influence> influences(const std::vector<Sourced<Quantity>>& numbers,
                                  const std::vector<double>& draws, std::uint64_t seed,
                                  std::size_t most);

}  // namespace strata
