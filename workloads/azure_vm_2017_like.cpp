// Makes virtual machines like those of azure_vm_2017, for people without the trace: seven days of
// batches by the hour of the day, their sizes, flavours and lives. The numbers are counts in the
// trace's development part (Bergsma et al., SOSP 2021; 259,159 machines of days 20.8 to 24.3), as
// azure_vm_2017_like.py prints them. Machines of a batch have one flavour and lives of their own.

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "models/base/random.h"
#include "models/study/catalog.h"

namespace strata {
namespace {

constexpr std::int64_t kBin = 300, kDays = 7, kEnd = kDays * 86'400;

/// Batches in five minutes, by hour of the day.
constexpr std::array<double, 24> kBatches = {37.2, 37.0, 32.8, 33.0, 35.5, 41.3, 44.6, 51.4,
                                             55.2, 61.7, 66.5, 67.7, 69.0, 74.8, 80.9, 76.9,
                                             77.5, 76.6, 66.5, 56.9, 51.6, 48.7, 41.4, 38.0};
constexpr double kDispersion = 1.86;  ///< variance of that number over its mean

/// Batches by size, from a size to below the next; within a class equally likely on a logarithmic
/// scale. The largest had 587 machines; 400 keeps the mean of the last class.
constexpr std::array<double, 12> kSizes = {1, 2, 3, 4, 5, 9, 17, 33, 65, 129, 257, 400};
constexpr std::array<double, 11> kBatchesOfSize = {30760, 9826, 3303, 2034, 3026, 1974,
                                                   955,   609,  293,  226,  103};

struct Flavour {
  Capacity size;
  double machines;
};
constexpr std::array<Flavour, 16> kFlavours = {{{{1, 768}, 4108},
                                                {{1, 1792}, 156437},
                                                {{1, 2048}, 10},
                                                {{16, 114688}, 9},
                                                {{2, 14336}, 49},
                                                {{2, 16384}, 3},
                                                {{2, 3584}, 48008},
                                                {{2, 4096}, 22},
                                                {{4, 28672}, 49},
                                                {{4, 32768}, 1},
                                                {{4, 7168}, 25700},
                                                {{4, 8192}, 15},
                                                {{8, 14336}, 23315},
                                                {{8, 16384}, 5},
                                                {{8, 57344}, 1427},
                                                {{8, 65536}, 1}}};

/// Shares of lives by bin, by Kaplan and Meier's estimator. Bins end at multiples of 300 s up to an
/// hour, then of an hour, from a day on of a day.
constexpr std::array<double, 39> kLives = {
    .02712, .08744, .11528, .11012, .10620, .08321, .04564, .03081, .02847, .02387,
    .01117, .01041, .01010, .07752, .03109, .02069, .01377, .01276, .01206, .00993,
    .00936, .00834, .00769, .00853, .00818, .00608, .00600, .00620, .00588, .00244,
    .00361, .00234, .00233, .00179, .00245, .00232, .01647, .00424, .00070};
/// Nobody saw how long the rest (2.7 %) lived: assumed evenly up to the 20 days of the last bin.
constexpr std::int64_t kLongest = 1'728'000;

std::int64_t end_of(std::size_t bin) {
  const auto k = static_cast<std::int64_t>(bin);
  return k <= 12 ? k * kBin : k <= 35 ? (k - 11) * 3600 : (k - 34) * 86'400;
}

/// The place of a draw among weights.
template <class Weights>
std::size_t pick(const Weights& weights, double u) {
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  double below = 0;
  for (std::size_t i = 0; i + 1 < weights.size(); ++i)
    if (u * all < (below += weights[i])) return i;
  return weights.size() - 1;
}

/// A negative binomial number of that mean and dispersion (variance over mean, above 1), by
/// inversion.
std::uint32_t negative_binomial(double mean, double dispersion, double u) {
  const double p = 1 / dispersion, r = mean * p / (1 - p);
  double probability = std::pow(p, r), below = probability;
  std::uint32_t k = 0;
  while (below < u && k < 100'000) {
    probability *= (k + r) / (k + 1) * (1 - p);
    below += probability;
    ++k;
  }
  return k;
}

class Machines final : public VmSource {
 public:
  explicit Machines(std::uint64_t seed)
      : batches_(seed, "azure_vm_2017_like.batches"),
        sizes_(seed, "azure_vm_2017_like.sizes"),
        flavours_(seed, "azure_vm_2017_like.flavours"),
        lives_(seed, "azure_vm_2017_like.lives") {
    for (const Flavour& f : kFlavours) weights_.push_back(f.machines);
  }

  bool next(VmRequest& out) override {
    while (left_ == 0) {
      while (batches_left_ == 0) {
        now_ += kBin;
        if (now_ >= kEnd) return false;
        batches_left_ = negative_binomial(kBatches[static_cast<std::size_t>(now_ / 3600 % 24)],
                                          kDispersion, batches_.uniform());
      }
      --batches_left_;
      ++batch_;
      left_ = size();
      flavour_ = static_cast<std::uint32_t>(pick(weights_, flavours_.uniform()));
    }
    --left_;
    out = {now_, life(), flavour_, batch_, false};
    if (now_ + out.life > kEnd) {
      out.life = kEnd - now_;
      out.censored = true;
    }
    return true;
  }

 private:
  std::uint32_t size() {
    const std::size_t c = pick(kBatchesOfSize, sizes_.uniform());
    const double low = kSizes[c], high = kSizes[c + 1];
    return static_cast<std::uint32_t>(low * std::pow(high / low, sizes_.uniform()));
  }

  std::int64_t life() {
    const double u = lives_.uniform(), within = lives_.uniform();
    double below = 0;
    for (std::size_t bin = 0; bin < kLives.size(); ++bin) {
      if (u >= (below += kLives[bin])) continue;
      if (bin == 0) return 1 + static_cast<std::int64_t>(within * (kBin - 1));
      const std::int64_t bins = (end_of(bin) - end_of(bin - 1)) / kBin;
      return end_of(bin - 1) +
             kBin * (1 + static_cast<std::int64_t>(within * static_cast<double>(bins)));
    }
    const std::int64_t from = end_of(kLives.size() - 1);
    return from + static_cast<std::int64_t>(within * static_cast<double>(kLongest - from));
  }

  Stream batches_, sizes_, flavours_, lives_;
  std::vector<double> weights_;
  std::int64_t now_ = -kBin;
  std::uint32_t batches_left_ = 0, left_ = 0, batch_ = 0, flavour_ = 0;
};

}  // namespace

void workload_azure_vm_2017_like(Catalog& catalog) {
  catalog.vm_traces["azure_vm_2017_like"] = {
      "azure_vm_2017_like",
      "virtual machines drawn like those of azure_vm_2017: seven days, no trace needed",
      [](const std::filesystem::path&, const VmTraceOptions& options, Issues&) {
        VmTrace trace;
        for (const Flavour& f : kFlavours) trace.shapes.push_back(f.size);
        trace.requests = std::make_unique<Machines>(options.seed);
        trace.notes = {"synthetic: drawn independently but for batches, which share a flavour",
                       "2.7 % outlive what the trace could see; their lives are assumed"};
        return trace;
      }};
}

}  // namespace strata
