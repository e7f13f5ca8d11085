#include "models/calibrate/overlay.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace strata {
namespace {

/// Correlations below this say nothing.
constexpr double kCorrelated = 0.1;

/// In the canonical unit, in the fewest digits that read back as the same number.
std::string exact(double value, Dimension dimension) {
  constexpr const char* kUnits[] = {"", " ns", " B", " Hz", " B/s", " ns/B", " /s"};
  return fmt::format("{:.9g}{}", value, kUnits[static_cast<int>(dimension)]);
}

/// A measured set's record names its folder; a published row is its id.
bool is_measured(const std::string& record) { return record.find('/') != std::string::npos; }

std::string source_of(const Fitted& p) {
  const bool measured = std::any_of(p.records.begin(), p.records.end(), is_measured);
  std::string records;
  for (const std::string& r : p.records) records += (records.empty() ? "" : "; ") + r;
  return fmt::format("{}: {}, fitted, stated before as {:.4g}", measured ? "measured" : "cited",
                     records, p.prior.value);
}

template <class T>
std::string toml_text(const T& value) {
  std::ostringstream out;
  out << toml::value<T>(value);
  return out.str();
}

}  // namespace

std::string overlay_text(const Fit& fit, const std::map<std::string, Sourced<Quantity>>& stated,
                         const std::string& command) {
  std::string out = "# Written by `" + command +
                    "`. Lay it upon the project with `strata --overlay FILE COMMAND`.\n";
  for (const Fitted& p : fit.parameters) {
    if (p.learned < kIdentified) continue;
    const Dimension d = stated.at(p.prior.id).value.dimension;
    const auto text = [&](double v) { return toml_text<std::string>(exact(v, d)); };
    out += fmt::format("\n[[number]]\nid = {}\nvalue = {}\nlow = {}\nhigh = {}\nfrom = {}\n",
                       toml_text(p.prior.id), text(p.value), text(p.low), text(p.high),
                       toml_text(source_of(p)));
  }
  for (std::size_t a = 0; a < fit.identified.size(); ++a)
    for (std::size_t b = a + 1; b < fit.identified.size(); ++b) {
      const auto i = static_cast<Eigen::Index>(a), j = static_cast<Eigen::Index>(b);
      const double r =
          fit.covariance(i, j) / std::sqrt(fit.covariance(i, i) * fit.covariance(j, j));
      if (std::abs(r) >= kCorrelated)
        out += fmt::format("\n[[correlation]]  # of the logarithms\na = {}\nb = {}\nr = {:.3f}\n",
                           toml_text(fit.identified[a]), toml_text(fit.identified[b]), r);
    }
  for (const Fitted& p : fit.parameters)
    if (p.learned < kIdentified)
      out +=
          fmt::format("\n[[not_identified]]  # keeps its stated range\nid = {}\nlearned = {:.3f}\n",
                      toml_text(p.prior.id), std::max(0.0, p.learned));
  for (const Residual& r : fit.residuals)
    out += fmt::format(
        "\n[[residual]]\nrecord = {}\nseen = {:.6g}\npredicted = {:.6g}\nsigmas = {:.2f}\nweight = "
        "{:.3f}\n",
        toml_text(r.observation.id), r.observation.value, r.predicted, r.sigmas, r.weight);
  return out;
}

}  // namespace strata
