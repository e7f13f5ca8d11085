#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "models/study/node.h"

namespace strata {

/// Numbers that take the place of those the files state, by the number's id (FILE:PATH): what
/// `strata calibrate` writes and `--overlay` lays upon the project. Each is a whole sourced number,
/// so that whatever rests on it rests on the records it was fitted to.
struct Overlay {
  std::map<std::string, Node> numbers;
};

/// Reads an overlay file; what is wrong with it becomes issues.
Overlay read_overlay(const std::filesystem::path& file, const std::string& shown, Issues& issues);

/// Replaces, in a tree read from a file, the numbers the overlay holds. Ids and places stay those
/// of the file, so draws that stacks share are still shared. Those found are added to `laid`.
void lay(Node& tree, const Overlay& overlay, std::map<std::string, int>& laid);

}  // namespace strata
