#include "real-harness/measuring/life.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "real-harness/measuring/marginal.h"

namespace strata {
namespace {

using Steps = std::vector<std::vector<std::string>>;

constexpr const char* kTotal = "memory.total";
constexpr const char* kTotalMerged = "memory.total.merged";

bool is_on_peer(const Probe& probe) { return probe.from == From::peer; }

/// Whether the runner's instances have what the probe needs; a peer's needs one that serves.
bool has_step(const Runner& runner, const Probe& probe) {
  if (is_on_peer(probe)) return runner.has("serve");
  return probe.step.empty() || runner.has(probe.step[0]);
}

/// The steps of one side of a life; neighbours that name the same one share it.
Steps steps_of(const std::vector<Probe>& probes, bool peer) {
  Steps steps;
  for (const Probe& p : probes)
    if (is_on_peer(p) == peer && !p.step.empty() && (steps.empty() || steps.back() != p.step))
      steps.push_back(p.step);
  return steps;
}

/// Takes `head` and a whole number off the front of the text, if both are there.
bool take(std::string_view& text, std::string_view head, std::uint64_t& value) {
  if (text.substr(0, head.size()) != head) return false;
  text.remove_prefix(head.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool answers(const std::string& step) { return step != "hello" && step != "wait"; }

/// Takes the line of one step off the front of the text.
std::optional<StepAnswer> take_answer(std::string_view& text, const std::string& step) {
  std::uint64_t ns = 0, count = 0, sent = 0;
  if (!take(text, step + " ns=", ns) || !take(text, " count=", count)) return std::nullopt;
  if (step.rfind("udp-", 0) == 0 && (!take(text, " sent=", sent) || sent < count))
    return std::nullopt;
  if (ns == 0 || count == 0 || text.substr(0, 1) != "\n") return std::nullopt;
  text.remove_prefix(1);
  return StepAnswer{static_cast<double>(ns), static_cast<double>(count)};
}

/// The answers of these steps and nothing else.
std::optional<std::vector<StepAnswer>> answers_of(std::string_view text, const Steps& steps) {
  std::vector<StepAnswer> out;
  for (const auto& step : steps) {
    const auto answer =
        answers(step[0]) ? take_answer(text, step[0]) : std::optional<StepAnswer>(StepAnswer{});
    if (!answer) return std::nullopt;
    out.push_back(*answer);
  }
  if (!text.empty()) return std::nullopt;
  return out;
}

}  // namespace

std::vector<Probe> under_clock(std::vector<Probe> probes, const std::string& clock) {
  const bool counts = clock == "icount";
  std::erase_if(probes, [&](const Probe& p) {
    return counts ? p.from != From::instance || p.unit != "ns" : p.counted;
  });
  if (counts)
    for (Probe& probe : probes) probe.unit = "instructions";
  return probes;
}

std::vector<Probe> suited(std::vector<Probe> probes, const Runner& runner,
                          const std::vector<int>& instances) {
  std::vector<Probe> out;
  for (Probe& probe : under_clock(std::move(probes), runner.clock())) {
    if (probe.from == From::promise && !runner.configured()) continue;
    if (probe.merged && !runner.merges()) continue;
    if (!has_step(runner, probe)) continue;
    if (probe.from != From::total) {
      out.push_back(std::move(probe));
      continue;
    }
    for (const int count : instances.empty() ? instance_counts(runner) : instances) {
      out.push_back(probe);
      out.back().instances = count;
    }
  }
  return out;
}

std::string cell_name(const std::string& metric, int instances, int burst,
                      const std::string& statistic) {
  if (burst > 0) return fmt::format("{}, {} of {} at once", metric, statistic, burst);
  if (metric != kTotal && metric != kTotalMerged) return metric;
  return metric + " of " + std::to_string(instances);
}

std::string cell_name(const Probe& probe) {
  const int burst = probe.from == From::burst ? probe.instances : 0;
  return cell_name(probe.metric, probe.instances, burst, probe.statistic);
}

std::vector<Life> lives(const std::vector<Probe>& probes) {
  std::vector<Life> out;
  for (const Probe& probe : probes) {
    auto life = std::find_if(out.begin(), out.end(),
                             [&](const Life& known) { return known.name == probe.life; });
    if (life == out.end()) life = out.insert(out.end(), Life{probe.life, {}, {}});
    life->probes.push_back(probe);
  }
  for (Life& life : out) {
    const auto has = [&](From from) {
      return std::any_of(life.probes.begin(), life.probes.end(),
                         [from](const Probe& p) { return p.from == from; });
    };
    Steps steps = steps_of(life.probes, false);
    if (has(From::peer)) steps = {{"serve"}};
    if (steps.empty()) steps = {{"hello"}};
    life.trial = {.steps = std::move(steps),
                  .deadline = std::chrono::seconds(60),  // an emulated guest takes its time
                  .read_memory = has(From::memory),
                  .offer = has(From::peer)   ? Offer::network
                           : has(From::disk) ? Offer::disk
                                             : Offer::nothing,
                  .peer = steps_of(life.probes, true)};
  }
  return out;
}

std::optional<std::vector<std::optional<double>>> numbers_of(const Life& life,
                                                             const Outcome& outcome) {
  if (!outcome.main) return std::nullopt;
  for (const Probe& probe : life.probes)
    if (probe.from == From::promise && !outcome.configured) return std::nullopt;
  const bool network = life.trial.offer == Offer::network;
  const Steps& steps = network ? life.trial.peer : life.trial.steps;
  if (network && !outcome.output.empty()) return std::nullopt;  // the instance only serves
  const auto found = answers_of(network ? outcome.peer_output : outcome.output, steps);
  if (!found) return std::nullopt;
  std::vector<std::optional<double>> numbers;
  std::size_t at = 0;
  for (const Probe& probe : life.probes) {
    StepAnswer answer;
    if (!probe.step.empty()) {
      // The probes stand in the order of the steps; neighbours may share one.
      while (steps[at] != probe.step) ++at;
      answer = (*found)[at];
    }
    const bool unread = probe.from == From::memory && !outcome.memory;
    numbers.push_back(unread ? std::nullopt : std::optional(probe.value(outcome, answer)));
  }
  return numbers;
}

}  // namespace strata
