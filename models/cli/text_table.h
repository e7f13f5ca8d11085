#pragma once

#include <string>
#include <vector>

namespace strata {

/// A table for a terminal: the first column to the left, the others to the right, each as wide as
/// its widest cell. Width counts characters, not bytes.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// How many leading columns stand to the left.
  void left(std::size_t columns) { left_ = columns; }
  std::string print(const std::string& indent = "") const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::size_t left_ = 1;
};

/// So many significant digits, whole numbers whole, never in powers of ten: 0.661, 38.8, 12730.
std::string compact(double value, int digits);

}  // namespace strata
