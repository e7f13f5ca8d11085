#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/base/random.h"
#include "models/base/sourced.h"

namespace strata {

/// What the numbers of one draw share, beside the numbers themselves.
struct Joint {
  /// Quantiles that were drawn together, by the number's id.
  std::map<std::string, double> quantiles;
  /// The dimension in which laboratories differ, time with what a byte takes; nothing: they are not
  /// told apart.
  std::optional<Dimension> differs;
  /// Standard deviation, between laboratories, of the logarithm of what they measure.
  double between = 0;
  /// The logarithm by which this draw's laboratory differs.
  double laboratory = 0;
};

/// Which values the parameters take: trial 0 takes every one as stated, each other trial draws it
/// from its range. The draw depends on seed, trial and the number's id alone, so that a layer two
/// stacks share has the same value in both, and what they have in common cancels.
///
/// With `latin` n > 0 the trials 1 .. n are a Latin hypercube: each number takes one value from
/// each n-th of its distribution, in an order of its own (McKay et al., Technometrics 1979). Trial
/// n + i repeats the parameters of trial i.
///
/// Numbers named in `values` take the values there instead, in their canonical units: a fit tries
/// them, and a sensitivity study holds or swaps them.
///
/// With `joint`, numbers named in its `quantiles` are taken there. All other numbers of the
/// dimension in which laboratories differ are this laboratory's: a range says where another source
/// may put a number, so what laboratories differ by is in every range already; it is one effect,
/// not one a number, hence it is taken out of each (variances of logarithms subtract) and put in
/// once, for all alike. A range that is narrower leaves nothing, and the number moves with its
/// laboratory.
struct Draws {
  std::uint64_t seed = 1;
  int trial = 0;
  int latin = 0;
  const std::map<std::string, double>* values = nullptr;
  const Joint* joint = nullptr;

  template <class T>
  double operator()(const Sourced<T>& n) const {
    return of(n.value.value, n.low.value, n.high.value, n.id, dimension_of(n.value));
  }

  /// The quantile that a number of that name takes in this trial, in (0, 1); not for trial 0.
  double quantile(const std::string& id) const {
    const int set = latin > 0 ? 1 + (trial - 1) % latin : trial;
    Stream stream(seed + static_cast<std::uint64_t>(set) * 0x9E3779B97F4A7C15ULL, id);
    const double u = stream.uniform();
    return latin > 0 ? (stratum(set, id) + u) / latin : u;
  }

 private:
  template <Dimension D>
  static Dimension dimension_of(Amount<D>) {
    return D;
  }
  static Dimension dimension_of(const Quantity& q) { return q.dimension; }

  double of(double value, double low, double high, const std::string& id,
            Dimension dimension) const {
    if (values && !id.empty())
      if (const auto at = values->find(id); at != values->end()) return at->second;
    if (trial == 0 || value == 0 || low == high) return value;
    if (!joint) return two_piece_quantile(value, low, high, quantile(id));
    if (const auto u = joint->quantiles.find(id); u != joint->quantiles.end())
      return two_piece_quantile(value, low, high, u->second);
    if (dimension == Dimension::time_per_byte) dimension = Dimension::time;
    if (joint->differs != dimension) return two_piece_quantile(value, low, high, quantile(id));
    return std::exp(joint->laboratory) * two_piece_quantile(value, value * within(low / value),
                                                            value * within(high / value),
                                                            quantile(id));
  }

  /// What is left of one side of a range, as a ratio to the value, without what laboratories differ
  /// by.
  double within(double ratio) const {
    constexpr double kZ95 = 1.6448536269514722;  // of the standard normal
    const double all = std::log(ratio) / kZ95;
    const double rest = all * all - joint->between * joint->between;
    return rest > 0 ? std::exp(std::copysign(kZ95 * std::sqrt(rest), all)) : 1;
  }

  /// Which n-th of this number's distribution a set of the hypercube takes, from 0.
  int stratum(int set, const std::string& id) const {
    std::vector<int> order(static_cast<std::size_t>(latin));
    std::iota(order.begin(), order.end(), 0);
    Stream stream(seed, id + "/strata");
    for (std::size_t left = order.size(); left > 1; --left)
      std::swap(order[left - 1], order[static_cast<std::size_t>(stream.bits() % left)]);
    return order[static_cast<std::size_t>(set - 1)];
  }
};

}  // namespace strata
