#pragma once

#include <string>
#include <string_view>

#include "models/base/units.h"

namespace strata {

/// How a number is known.
enum class Evidence { measured, cited, assumed };

std::string_view name(Evidence evidence);

/// Where a number comes from, as its file says it.
struct Source {
  Evidence evidence = Evidence::assumed;
  std::string key;    ///< cited: a published row's id or a key of sources.toml; else empty
  std::string words;  ///< everything after "cited: ", "measured: " or "assumed: "
  std::string file;   ///< file that states the number, relative to the project, e.g.
                      ///< stacks/layers/linux.toml
  int line = 0;
};

/// A number that knows where it came from. `low` and `high` are its 5th and 95th percentiles.
///
/// `id` names the number: two stacks that share a layer share the id, hence the draw, so that what
/// they have in common cancels when they are compared.
template <class T>
struct Sourced {
  T value{};
  T low{};
  T high{};
  Source source;
  bool range_is_default = false;  ///< no range was stated: +-20 % was used
  std::string id;
};

/// Share by which a number without a stated range may be off, both ways.
inline constexpr double kDefaultSpread = 0.2;

/// The value at quantile u in (0, 1) of the two-piece log-normal with median `value`, 5th
/// percentile `low` and 95th percentile `high`. An exact zero stays zero.
double two_piece_quantile(double value, double low, double high, double u);

/// The same number with its dimension at run time.
template <Dimension D>
Sourced<Quantity> erase(const Sourced<Amount<D>>& n) {
  return {{n.value.value, D}, {n.low.value, D},   {n.high.value, D},
          n.source,           n.range_is_default, n.id};
}

/// The same number with its dimension as a type. Precondition: the dimension is D.
template <Dimension D>
Sourced<Amount<D>> restore(const Sourced<Quantity>& n) {
  return {{n.value.value}, {n.low.value}, {n.high.value}, n.source, n.range_is_default, n.id};
}

/// So many times one: the product of two independent numbers, as a number of its own. Medians
/// multiply; the spreads of the logarithms add as squares, below and above apart, which is exact
/// when both are log-normal. It is assumed if either factor is.
Sourced<Duration> product(const Sourced<Ratio>& count, const Sourced<Duration>& each,
                          std::string id);

/// A number by which a model's own structure is written down ("one packet below for each above").
/// It is exact; `why` must name the structure.
Sourced<Ratio> structural(double count, std::string_view why);

}  // namespace strata
