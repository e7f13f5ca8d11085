#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/study/node.h"

namespace strata {

/// Numbers that take the place of those the files state, by the number's id (FILE:PATH): what
/// `strata calibrate` writes and `--overlay` lays upon the project. Each is a whole sourced number,
/// so that whatever rests on it rests on the records it was fitted to.
///
/// A fit knows sums better than their parts, so its numbers hang together: `correlations` are those
/// of their logarithms, and what goes through the numbers' ranges goes through them together.
struct Overlay {
  struct Correlation {
    std::string a, b;  ///< ids
    double r = 0;      ///< between -1 and 1
  };
  std::map<std::string, Node> numbers;
  std::vector<Correlation> correlations;
};

/// Reads an overlay file; what is wrong with it becomes issues.
Overlay read_overlay(const std::filesystem::path& file, const std::string& shown, Issues& issues);

/// Replaces, in a tree read from a file, the numbers the overlay holds. Ids and places stay those
/// of the file, so draws that stacks share are still shared. Those found are added to `laid`.
void lay(Node& tree, const Overlay& overlay, std::map<std::string, int>& laid);

}  // namespace strata
