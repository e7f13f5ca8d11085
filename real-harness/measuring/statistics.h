#pragma once

#include <string_view>
#include <vector>

namespace strata {

// Everything here is a function of the samples alone: random draws come from streams named by the
// caller or by the question, so the same samples give the same answer.

/// The value below which a share q of the sorted samples lies, interpolated.
double quantile_of(const std::vector<double>& sorted, double q);

/// What a set of samples says about its median.
struct Median {
  double median = 0;
  double low = 0, high = 0;  ///< 95 % interval by the percentile bootstrap
  double p10 = 0, p99 = 0;
  int samples = 0;
};

/// Precondition: there is at least one sample.
Median median_of(std::vector<double> samples, std::string_view name);

/// How two sets of samples compare: the median of the first over that of the second.
struct MedianRatio {
  double ratio = 1;
  double low = 1, high = 1;  ///< 95 % interval, both sets resampled
  double p = 1;              ///< of the permutation test below
};

/// Precondition: there is at least one sample in each.
MedianRatio ratio_of(const std::vector<double>& a, const std::vector<double>& b,
                     std::string_view name);

/// The probability of medians at least as far apart, if it were chance which sample is whose. Exact
/// up to 20 000 arrangements, else from 9999 random ones, of which the observed one is counted as
/// one more (Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9, 2010). Sets that differ in spread
/// only may be told apart as well.
double permutation_p(const std::vector<double>& a, const std::vector<double>& b,
                     std::string_view name);

/// Whether the samples gather around more than one value, and around which two.
struct Mixture {
  bool found = false;
  double p = 1;              ///< the probability of this, or more, if there were one mode
  double low = 0, high = 0;  ///< medians of the samples below and above the valley between
  double share = 0;          ///< of the samples that are below it
};

/// Silverman's test of one mode against more (J. R. Stat. Soc. B 43, 1981, pages 97 to 99): the
/// least bandwidth at which a Gaussian kernel estimate has one mode, and how often smoothed
/// bootstrap samples need a greater one. Found when p is under 5 % and each side holds a tenth of
/// the samples at least: a single outlier is no mode and is set aside. It is known to be cautious.
/// Fewer than ten samples never are a mixture.
Mixture mixture_of(std::vector<double> samples, std::string_view name);

/// Whether runs of the same measurement agree.
struct Equivalence {
  double median = 0;         ///< of the samples of all runs
  double low = 0, high = 0;  ///< 90 % interval, whole runs resampled
  bool equivalent = false;   ///< the interval lies within the margin around the median
};

/// Two one-sided tests at 5 % each (Schuirmann, J. Pharmacokinet. Biopharm. 15, 1987), by a
/// bootstrap whose block is the run: samples of one run are alike for reasons of that run.
/// Precondition: two runs at least, each with a sample.
Equivalence equivalence_of(const std::vector<std::vector<double>>& runs, double margin,
                           std::string_view name);

}  // namespace strata
