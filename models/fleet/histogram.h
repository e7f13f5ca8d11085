#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace strata {

/// Counts of whole, nonnegative numbers in buckets that are at most 1/128 of their value wide, so
/// that quantiles of any number of them cost a fixed few KB; below 128 they are exact.
class Histogram {
 public:
  void add(std::int64_t value, std::uint64_t times = 1) {
    const std::size_t bucket =
        bucket_of(static_cast<std::uint64_t>(std::max<std::int64_t>(0, value)));
    if (bucket >= counts_.size()) counts_.resize(bucket + 1, 0);
    counts_[bucket] += times;
    count_ += times;
    sum_ += static_cast<double>(value) * static_cast<double>(times);
    largest_ = std::max(largest_, value);
  }

  std::uint64_t count() const { return count_; }
  std::int64_t largest() const { return largest_; }
  double mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0; }

  /// The smallest bucket's middle such that a share p of the numbers lies at or below; 0 of none.
  double quantile(double p) const {
    const double wanted = std::max(1.0, std::ceil(p * static_cast<double>(count_)));
    double below = 0;
    for (std::size_t b = 0; b < counts_.size(); ++b) {
      below += static_cast<double>(counts_[b]);
      if (counts_[b] > 0 && below >= wanted)
        return std::min(middle_of(b), static_cast<double>(largest_));
    }
    return 0;
  }

 private:
  static constexpr std::uint64_t kExact = 128;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < kExact) return static_cast<std::size_t>(value);
    const int shift = std::bit_width(value) - 8;  // leaves 128 .. 255
    return static_cast<std::size_t>(static_cast<std::uint64_t>(shift) * kExact + (value >> shift));
  }
  static double middle_of(std::size_t bucket) {
    if (bucket < 2 * kExact) return static_cast<double>(bucket);
    const auto shift = static_cast<int>(bucket / kExact - 1);
    const auto first = static_cast<double>(bucket % kExact + kExact);
    return std::ldexp(first + 0.5, shift) - 0.5;
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  double sum_ = 0;
  std::int64_t largest_ = 0;
};

}  // namespace strata
