#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "real-harness/measuring/measure.h"

namespace strata {

/// A runner that needs no machine: what becomes of a trial is said by a function.
class Scripted : public Runner {
 public:
  using Script = std::function<Outcome(const Trial&)>;
  explicit Scripted(Script script, std::string stack = "scripted", std::string accel = "native",
                    std::string clock = "wall")
      : script_(std::move(script)),
        stack_(std::move(stack)),
        accel_(std::move(accel)),
        clock_(std::move(clock)) {}
  /// The instance says this, after 2 ms to its mark main.
  explicit Scripted(std::string output)
      : Scripted([output](const Trial&) { return said(output); }) {}

  static Outcome said(std::string output, std::string peer = "") {
    Outcome o;
    o.exec = 1'000'000;
    o.entered = o.main = o.done = 3'000'000;
    o.output = std::move(output);
    o.peer_output = std::move(peer);
    o.memory = MemoryUse{3072, 2048, 1024};
    return o;
  }

  static Outcome ended(std::string how) {
    Outcome o;
    o.outcome = std::move(how);
    return o;
  }

  std::string stack() const override { return stack_; }
  std::string about() const override { return ""; }
  std::string accel() const override { return accel_; }
  std::string clock() const override { return clock_; }
  std::optional<int> configured() const override { return promised; }
  std::optional<std::string> cannot() override { return std::nullopt; }
  Outcome run(const Trial& trial) override {
    trials.push_back(trial);
    return script_(trial);
  }

  std::vector<Trial> trials;
  std::optional<int> promised;  ///< MiB

 private:
  Script script_;
  std::string stack_, accel_, clock_;
};

/// What measures these metrics, of one instance each when none is named.
inline std::vector<Probe> probes_of(const std::vector<std::string>& metrics) {
  std::vector<Probe> chosen = probes(true);
  std::erase_if(chosen, [&](const Probe& p) {
    if (metrics.empty()) return p.from == From::total || p.from == From::slope;
    return std::find(metrics.begin(), metrics.end(), p.metric) == metrics.end();
  });
  return chosen;
}

/// The lives of a stack on the host's clock that measure these metrics.
inline std::vector<Life> lives_of(const std::vector<std::string>& metrics) {
  Scripted runner("");
  return lives(suited(probes_of(metrics), runner));
}

inline Measurement measured(std::vector<Runner*> runners, const std::vector<std::string>& metrics,
                            Sampling sampling) {
  MeasurePlan plan;
  plan.runners = std::move(runners);
  plan.probes = probes_of(metrics);
  plan.machine = "here";
  plan.warm_ups = 1;
  plan.settle = {};
  plan.sampling = sampling;
  return measure(plan, [](const Standing&) {});
}

}  // namespace strata
