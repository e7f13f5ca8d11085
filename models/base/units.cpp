#include "models/base/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace strata {
namespace {

struct Unit {
  std::string_view symbol;
  Dimension dimension;
  double factor;        ///< canonical units in one of these
  bool printed = true;  ///< whether print() may choose it
};

// Within a dimension from small to large, as print() searches.
constexpr std::array kUnits = {
    Unit{"", Dimension::ratio, 1},
    Unit{"%", Dimension::ratio, 0.01, false},
    Unit{"ns", Dimension::time, 1},
    Unit{"us", Dimension::time, 1e3},
    Unit{"ms", Dimension::time, 1e6},
    Unit{"s", Dimension::time, 1e9},
    Unit{"min", Dimension::time, 60e9, false},
    Unit{"h", Dimension::time, 3600e9, false},
    Unit{"B", Dimension::bytes, 1},
    Unit{"kB", Dimension::bytes, 1e3, false},
    Unit{"MB", Dimension::bytes, 1e6, false},
    Unit{"GB", Dimension::bytes, 1e9, false},
    Unit{"TB", Dimension::bytes, 1e12, false},
    Unit{"KiB", Dimension::bytes, 1024.0},
    Unit{"MiB", Dimension::bytes, 1048576.0},
    Unit{"GiB", Dimension::bytes, 1073741824.0},
    Unit{"TiB", Dimension::bytes, 1099511627776.0},
    Unit{"Hz", Dimension::frequency, 1},
    Unit{"kHz", Dimension::frequency, 1e3},
    Unit{"MHz", Dimension::frequency, 1e6},
    Unit{"GHz", Dimension::frequency, 1e9},
    Unit{"bit/s", Dimension::bandwidth, 1.0 / 8},
    Unit{"kbit/s", Dimension::bandwidth, 1e3 / 8},
    Unit{"Mbit/s", Dimension::bandwidth, 1e6 / 8},
    Unit{"Gbit/s", Dimension::bandwidth, 1e9 / 8},
    Unit{"B/s", Dimension::bandwidth, 1, false},
    Unit{"kB/s", Dimension::bandwidth, 1e3, false},
    Unit{"MB/s", Dimension::bandwidth, 1e6, false},
    Unit{"GB/s", Dimension::bandwidth, 1e9, false},
    Unit{"KiB/s", Dimension::bandwidth, 1024.0, false},
    Unit{"MiB/s", Dimension::bandwidth, 1048576.0, false},
    Unit{"GiB/s", Dimension::bandwidth, 1073741824.0, false},
    Unit{"ns/B", Dimension::time_per_byte, 1},
    Unit{"us/B", Dimension::time_per_byte, 1e3},
    Unit{"/s", Dimension::rate, 1},
    Unit{"k/s", Dimension::rate, 1e3},
    Unit{"M/s", Dimension::rate, 1e6},
};

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The power of ten of a number's first digit, once it is rounded to so many significant ones.
int first_digit(double number, int digits) {
  const std::string text = fmt::format("{:.{}e}", number, std::max(0, digits - 1));
  return std::atoi(text.c_str() + text.find('e') + 1);
}

}  // namespace

std::string_view name(Dimension dimension) {
  switch (dimension) {
    case Dimension::ratio:
      return "plain number";
    case Dimension::time:
      return "time";
    case Dimension::bytes:
      return "size";
    case Dimension::frequency:
      return "frequency";
    case Dimension::bandwidth:
      return "bandwidth";
    case Dimension::time_per_byte:
      return "time per byte";
    case Dimension::rate:
      return "rate";
  }
  return "unknown";
}

std::string_view example(Dimension dimension) {
  switch (dimension) {
    case Dimension::ratio:
      return "0.25";
    case Dimension::time:
      return "1.4 ms";
    case Dimension::bytes:
      return "64 GiB";
    case Dimension::frequency:
      return "2.1 GHz";
    case Dimension::bandwidth:
      return "10 Gbit/s";
    case Dimension::time_per_byte:
      return "0.18 ns/B";
    case Dimension::rate:
      return "250 /s";
  }
  return "";
}

std::optional<Quantity> parse_quantity(std::string_view text) {
  text = trim(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return {};
  const auto symbol = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  for (const Unit& unit : kUnits)
    if (unit.symbol == symbol && std::isfinite(number * unit.factor))
      return Quantity{number * unit.factor, unit.dimension};
  return {};
}

std::string print(Quantity quantity, int digits) {
  const Unit* chosen = nullptr;
  for (const Unit& unit : kUnits) {
    if (unit.dimension != quantity.dimension || !unit.printed) continue;
    // A value that would round up to the next unit (999.9996 us) is printed in that unit.
    const double scaled = quantity.value / unit.factor;
    if (chosen == nullptr || (scaled != 0 && first_digit(scaled, digits) >= 0)) chosen = &unit;
  }
  const double scaled = quantity.value / chosen->factor;
  const int decimals = std::max(0, digits - 1 - first_digit(scaled, digits));
  auto text = fmt::format("{:.{}f}", scaled, std::min(decimals, 9));
  return chosen->symbol.empty() ? text : text + " " + std::string(chosen->symbol);
}

}  // namespace strata
