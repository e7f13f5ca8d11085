#include <algorithm>
#include <array>
#include <vector>

#include "models/fleet/keep_alives.h"

namespace strata {
namespace {

constexpr std::int64_t kMinute = 60'000'000;
constexpr int kBins = 240;
/// Of the bins' counts, below which idle times show no pattern.
constexpr double kLeastVariation = 2;
constexpr double kHead = 0.05, kTail = 0.99, kMargin = 0.10;
constexpr double kMostBeyond = 0.5;

/// An application's idle times, whole minutes.
struct Idles {
  std::array<std::uint32_t, kBins> bins{};
  std::uint64_t inside = 0, beyond = 0, squares = 0;  ///< squares: of the bins' counts

  void add(std::int64_t idle_us) {
    const std::int64_t minute = idle_us / kMinute;
    if (minute >= kBins) {
      ++beyond;
      return;
    }
    std::uint32_t& bin = bins[static_cast<std::size_t>(minute)];
    squares += 2 * bin + 1;
    ++bin;
    ++inside;
  }

  bool shows_a_pattern() const {
    const auto all = static_cast<double>(inside + beyond);
    if (inside == 0 || static_cast<double>(beyond) > kMostBeyond * all) return false;
    const double mean = static_cast<double>(inside) / kBins;
    const double variance = static_cast<double>(squares) / kBins - mean * mean;
    return variance >= kLeastVariation * kLeastVariation * mean * mean;
  }

  /// The bin at which a share of those inside is reached.
  int bin_at(double share) const {
    const double wanted = share * static_cast<double>(inside);
    double below = 0;
    for (int b = 0; b < kBins; ++b) {
      below += bins[static_cast<std::size_t>(b)];
      if (below >= wanted && below > 0) return b;
    }
    return kBins - 1;
  }
};

class HistogramPolicy final : public KeepAlive {
 public:
  explicit HistogramPolicy(std::size_t apps) : idles_(apps), windows_(apps, everything()) {}

  void idle(std::uint32_t app, std::int64_t idle_us) override {
    Idles& idles = idles_[app];
    idles.add(idle_us);
    if (!idles.shows_a_pattern()) {
      windows_[app] = everything();
      return;
    }
    // The head is rounded down, the tail up, to whole minutes; each gives way by the margin.
    const double head = idles.bin_at(kHead), tail = idles.bin_at(kTail) + 1;
    const double prewarm = head * (1 - kMargin), last = tail * (1 + kMargin);
    windows_[app] = {static_cast<std::int64_t>(prewarm * kMinute),
                     static_cast<std::int64_t>((last - prewarm) * kMinute)};
  }

  KeepAliveWindow window(std::uint32_t app) const override { return windows_[app]; }

 private:
  static KeepAliveWindow everything() { return {0, kBins * kMinute}; }

  std::vector<Idles> idles_;
  std::vector<KeepAliveWindow> windows_;
};

}  // namespace

/// The hybrid histogram policy of Shahrad et al., "Serverless in the Wild", ATC 2020, section 4.2:
/// one-minute bins over four hours; loaded from the 5th to the 99th percentile of the idle times,
/// with a margin of 10 %; for the whole range where the bins' coefficient of variation is below 2
/// or most idle times lie beyond it. Left out: their ARIMA forecast for the latter.
KeepAlivePolicy keep_histogram() {
  return {"histogram",
          "loaded when the application's past idle times say a call will come (Shahrad et al. "
          "2020, without their ARIMA forecast)",
          0,
          [](std::size_t apps, std::int64_t) { return std::make_unique<HistogramPolicy>(apps); }};
}

}  // namespace strata
