#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace strata {

/// A set of numbers below a fixed size that finds its smallest member in a handful of steps: above
/// each 64 words of bits is a word that tells which of them are not zero. A million numbers are
/// four levels and 127 KB.
class Bitmap {
 public:
  static constexpr std::size_t kNone = SIZE_MAX;

  explicit Bitmap(std::size_t size) : size_(size) {
    do {
      size = (size + 63) / 64;
      levels_.emplace_back(size, 0);
    } while (size > 1);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return levels_.back()[0] == 0; }
  bool contains(std::size_t i) const { return (levels_[0][i / 64] >> (i % 64)) & 1; }

  void insert(std::size_t i) {
    for (auto& level : levels_) {
      std::uint64_t& word = level[i / 64];
      const bool was_empty = word == 0;
      word |= std::uint64_t{1} << (i % 64);
      if (!was_empty) return;  // those above know already
      i /= 64;
    }
  }

  void erase(std::size_t i) {
    for (auto& level : levels_) {
      std::uint64_t& word = level[i / 64];
      word &= ~(std::uint64_t{1} << (i % 64));
      if (word != 0) return;
      i /= 64;
    }
  }

  /// The smallest member, or kNone.
  std::size_t first() const { return empty() ? kNone : descend(levels_.size() - 1, 0); }

  /// The smallest member that is `from` or larger, or kNone.
  std::size_t first_from(std::size_t from) const {
    if (from >= size_) return kNone;
    for (std::size_t l = 0; l < levels_.size(); ++l) {
      const std::size_t word = from / 64;
      if (word >= levels_[l].size()) return kNone;
      const std::uint64_t rest = levels_[l][word] & (~std::uint64_t{0} << (from % 64));
      if (rest != 0) {
        const std::size_t at = word * 64 + static_cast<std::size_t>(std::countr_zero(rest));
        return l == 0 ? at : descend(l - 1, at);
      }
      from = word + 1;
    }
    return kNone;
  }

 private:
  /// The smallest member under word `word` of level `level`, which is not zero.
  std::size_t descend(std::size_t level, std::size_t word) const {
    for (;; --level) {
      word = word * 64 + static_cast<std::size_t>(std::countr_zero(levels_[level][word]));
      if (level == 0) return word;
    }
  }

  std::size_t size_;
  std::vector<std::vector<std::uint64_t>> levels_;  ///< [0]: the members
};

}  // namespace strata
