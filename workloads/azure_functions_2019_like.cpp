// Makes calls like those of azure_functions_2019, for people without the trace: 500 functions over
// eight hours, each with a rate, an average duration and a memory of its own from log-normals
// fitted to the sample of 500 functions of In-Vitro (Ustiugov et al., SESAME 2023), as
// azure_functions_2019_like.py prints them. The average durations' fit is close (distance 0.025;
// and Shahrad et al., ATC 2020, section 3, state a log-normal of deviation 2.36 for the whole
// trace: secondary, their text as others reproduce it; nothing here uses it), rates and memory are
// rougher (0.10 to 0.14), and the one function that is 63 % of the sample's calls is not in it.

#include <algorithm>
#include <cmath>

#include "models/base/distribution.h"
#include "models/study/catalog.h"

namespace strata {
namespace {

constexpr std::int64_t kSecond = 1'000'000, kMinute = 60 * kSecond;  // in us
constexpr std::int64_t kMinutes = 480;
constexpr int kFunctions = 500, kTimers = 247;
/// The sample's largest function has 4000 calls a minute; the log-normal's tail goes on.
constexpr double kMostAMinute = 4000;

/// A log-normal by the mean and deviation of its logarithm.
LogNormal log_normal(double mu, double sigma) {
  const double mean = std::exp(mu + sigma * sigma / 2);
  return {mean, mean * std::sqrt(std::exp(sigma * sigma) - 1)};
}

struct Function {
  double gap_us = 0;  ///< between calls, mean
  bool timer = false;
  Distribution duration_ms = Constant{0};
  double next_us = 0;
  Stream draws;
};

class Calls final : public InvocationSource {
 public:
  explicit Calls(const InvocationOptions& options) : within_(options.within) {
    const Distribution timers = log_normal(-2.415, 2.215), others = log_normal(-2.316, 2.948),
                       average_ms = log_normal(6.315, 2.390), mib = log_normal(3.883, 1.136);
    constexpr double kWithin = 0.434;  // deviation of the logarithm within one function, median
    for (int i = 0; i < kFunctions; ++i) {
      const std::string id = "f" + std::to_string(i);
      Function f{0, i < kTimers, Constant{0}, 0,
                 Stream(options.seed, "azure_functions_2019_like." + id)};
      f.gap_us = static_cast<double>(kMinute) /
                 std::min(kMostAMinute, draw(f.timer ? timers : others, f.draws));
      const double average = draw(average_ms, f.draws);
      f.duration_ms = LogNormal{average, average * std::sqrt(std::exp(kWithin * kWithin) - 1)};
      f.next_us = f.timer ? f.gap_us * f.draws.uniform() : gap(f);
      specs_.push_back(
          {id, id, static_cast<std::uint32_t>(std::max(1LL, std::llround(draw(mib, f.draws))))});
      functions_.push_back(std::move(f));
    }
    if (!options.without_largest) return;
    const auto largest =
        std::min_element(functions_.begin(), functions_.end(),
                         [](const Function& a, const Function& b) { return a.gap_us < b.gap_us; });
    specs_.erase(specs_.begin() + (largest - functions_.begin()));
    functions_.erase(largest);
  }

  const std::vector<FunctionSpec>& functions() const override { return specs_; }
  std::vector<std::string> notes() const override {
    return {"synthetic: rates do not change over the day; timers are regular, others Poisson"};
  }

  bool next(Invocation& out) override {
    while (at_ == now_.size()) {
      if (minute_ == kMinutes) return false;
      draw_minute();
    }
    out = now_[at_++];
    return true;
  }

 private:
  static double gap(Function& f) {
    return f.timer ? f.gap_us : -std::log(f.draws.uniform()) * f.gap_us;
  }

  void draw_minute() {
    now_.clear();
    at_ = 0;
    const std::int64_t begin = minute_ * kMinute;
    for (std::uint32_t i = 0; i < functions_.size(); ++i) {
      Function& f = functions_[i];
      const auto end = static_cast<double>(begin + kMinute);
      std::int64_t second = -1;
      for (; f.next_us < end; f.next_us += gap(f)) {
        auto at = static_cast<std::int64_t>(f.next_us);
        if (within_ == WithinMinute::bursty) {
          if (second < 0) second = static_cast<std::int64_t>(f.draws.uniform() * 60);
          at = begin + second * kSecond + static_cast<std::int64_t>(f.draws.uniform() * 1e6);
        }
        now_.push_back({at, std::llround(1000 * draw(f.duration_ms, f.draws)), i});
      }
    }
    std::stable_sort(now_.begin(), now_.end(),
                     [](const auto& a, const auto& b) { return a.at_us < b.at_us; });
    ++minute_;
  }

  WithinMinute within_;
  std::vector<FunctionSpec> specs_;
  std::vector<Function> functions_;
  std::vector<Invocation> now_;  ///< calls of one minute
  std::size_t at_ = 0;
  std::int64_t minute_ = 0;
};

}  // namespace

void workload_azure_functions_2019_like(Catalog& catalog) {
  catalog.invocations["azure_functions_2019_like"] = {
      "azure_functions_2019_like",
      "calls drawn like those of azure_functions_2019: eight hours, no trace needed",
      [](const std::filesystem::path&, const InvocationOptions& options, Issues&)
          -> std::unique_ptr<InvocationSource> { return std::make_unique<Calls>(options); }};
}

}  // namespace strata
