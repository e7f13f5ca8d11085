#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace strata {

/// What a number measures. Each dimension has one canonical unit, in which every value is stored.
enum class Dimension {
  ratio,          ///< dimensionless: a count, a share, ns of tax per ns of work
  time,           ///< ns
  bytes,          ///< B
  frequency,      ///< Hz
  bandwidth,      ///< B/s
  time_per_byte,  ///< ns/B
  rate,           ///< events per second, 1/s
};

/// The dimension's name as messages print it, e.g. "time".
std::string_view name(Dimension dimension);
/// An example a person may copy, e.g. "1.4 ms".
std::string_view example(Dimension dimension);

/// A number whose dimension is known at run time: what a file holds before anyone asks for it.
struct Quantity {
  double value = 0;  ///< in the canonical unit
  Dimension dimension = Dimension::ratio;
  friend bool operator==(const Quantity&, const Quantity&) = default;
};

/// A number whose dimension is part of its type, so that adding times to bytes does not compile.
template <Dimension D>
struct Amount {
  static constexpr Dimension dimension = D;
  double value = 0;  ///< in the canonical unit

  friend auto operator<=>(const Amount&, const Amount&) = default;
  friend Amount operator+(Amount a, Amount b) { return {a.value + b.value}; }
  friend Amount operator-(Amount a, Amount b) { return {a.value - b.value}; }
  friend Amount operator*(Amount a, double k) { return {a.value * k}; }
  friend Amount operator*(double k, Amount a) { return {a.value * k}; }
  friend double operator/(Amount a, Amount b) { return a.value / b.value; }
};

using Ratio = Amount<Dimension::ratio>;
using Duration = Amount<Dimension::time>;
using Bytes = Amount<Dimension::bytes>;
using Frequency = Amount<Dimension::frequency>;
using Bandwidth = Amount<Dimension::bandwidth>;
using TimePerByte = Amount<Dimension::time_per_byte>;
using Rate = Amount<Dimension::rate>;

inline Duration operator*(TimePerByte per_byte, Bytes bytes) {
  return {per_byte.value * bytes.value};
}
/// Time a device of that bandwidth needs for so many bytes.
inline Duration operator/(Bytes bytes, Bandwidth bandwidth) {
  return {bytes.value / bandwidth.value * 1e9};
}

/// Reads "1.4 ms", "64 GiB", "2.1 GHz", "10 Gbit/s", "0.18 ns/B", "250 /s", "3.5", "12 %".
/// Decimal prefixes are powers of 1000 (kB), binary ones of 1024 (KiB). Nothing when it is no
/// number with a known unit.
std::optional<Quantity> parse_quantity(std::string_view text);

/// Prints with the unit that leaves one to three digits before the point and `digits` significant
/// ones ("1.40 ms"); memory in binary units, bandwidth in bit/s.
std::string print(Quantity quantity, int digits = 3);

template <Dimension D>
std::string print(Amount<D> amount, int digits = 3) {
  return print(Quantity{amount.value, D}, digits);
}

}  // namespace strata
